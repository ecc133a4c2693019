"""What is likely to be said: lexicon, pronunciation, language models, the user's own."""
