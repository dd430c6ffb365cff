"""Audio encoders by name: `pairgen.create_encoder("audio", "log-mel-cnn", sample_rate=16000)`.

Each takes a batch of views as recipes make them, `ClipBatch` of (B, 1, T), or a tensor (B, T) or (B, 1, T) without
padding. It returns features (B, D), and `steps(views)` the features of each step in time. A clip's features do not
depend on its padding.
"""
