"""What is learned from: speech, noise, texts, and how they become batches."""
