"""Text encoders, by name: a small Transformer, a bag of embeddings, and pretrained models from a directory.

Each takes a list of `str`, or token ids as `PaddedBatch` (B, L), returns features (B, D), has `out_features` = D, and has
`steps(views)`, the features of each token.
"""
