"""Audio encoders by name: `pairgen.create_encoder("audio", "log-mel-cnn", sample_rate=16000)`.

Each takes views as recipes finish them, `PaddedBatch` of (B, 1, T), or a tensor (B, T) or (B, 1, T) without padding. It
gives features (B, D), and `steps(views)` the features of each step in time. A clip's features do not depend on its
padding.
"""
