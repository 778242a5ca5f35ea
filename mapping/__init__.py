"""What a span means: one file per vocabulary, and the mapper that reads a span by all of them."""
