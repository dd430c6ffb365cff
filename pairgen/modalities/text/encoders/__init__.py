"""Text encoders, by name: a small Transformer, a bag of embeddings, and pretrained models from a directory.

Each takes a list of `str`, or token ids as `PaddedBatch` (B, L), and returns features (B, D); `out_features` is D, and
`steps(views)` returns the features of each token.
"""
