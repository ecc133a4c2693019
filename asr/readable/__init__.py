"""What is shown for the words that were heard: case, marks, figures, paragraphs.

The words of a transcript stay as they were recognised; what this room finds stands beside
them, and nothing here may keep words from being shown.
"""
