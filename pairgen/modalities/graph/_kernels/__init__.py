"""Kernels of the graph augmentations: one file a subject, its compiled twin for the CPU in `..._numba`.

All randomness comes from a `RandomArray`: each node, and each pair of nodes, has random bits of its own, a function of
the key of its graph and the node numbers within it. So a graph has the same view alone and in any batch.
"""
