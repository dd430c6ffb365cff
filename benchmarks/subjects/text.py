"""Subject `text`: what it costs to swap synonyms, on one thread."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence

import numpy as np
import torch

from benchmarks.data.trec import load_trec, stand_in
from benchmarks.harness.rates import Case, Group, RateSubject, Work
from benchmarks.harness.subject import Journal, Result, Table
from benchmarks.measures.lexicon_cost import lexicon_cost
from benchmarks.measures.text_start import STARTERS, measure_starts
from benchmarks.peers import text as peers
from pairgen.batch import PaddedBatch
from pairgen.modalities.text import TokenSwap, TokenTable
from pairgen.modalities.text._kernels.words import core_of
from pairgen.modalities.text.lexicon import LexiconNotFoundError, find_wordnet
from pairgen.pairs import PairSampler
from pairgen.random import Stream

BATCH = 256


class TextSubject(RateSubject):
    """The subject that the module describes."""

    name = "text"
    title = "Texts: tokens a second on one thread"
    threads = 1
    peers = ("nltk", "nlpaug")
    distributions = ("nltk", "nlpaug", "tokenizers", "torch", "numpy")

    def groups(self, quick: bool) -> Sequence[Group]:
        """Strings, then token ids."""
        try:
            texts = load_trec().train
        except FileNotFoundError:
            if not quick:
                raise
            texts = stand_in(64).train
        ids = _ids(8 if quick else BATCH)
        if quick and not _wordnet_is_here():
            return [ids]
        texts = texts[:16] if quick else texts[: 8 * BATCH]
        return [_strings(texts), _first_pass(texts), ids]

    def run(self, options: argparse.Namespace, journal: Journal) -> Result:
        """The rates, then what the lexicon costs, and what a first pass costs a fresh process."""
        figures = super().run(options, journal)
        if not options.quick:
            figures["lexicon"] = lexicon_cost(options.rounds)
            figures["start"] = measure_starts(3)
        return figures

    def tables(self, result: Result) -> list[Table]:
        """The rates, and two tables more."""
        more = {"start": _start, "lexicon": _lexicon}
        return [*super().tables(result), *(table(result) for name, table in more.items() if name in result)]


def _start(result: Result) -> Table:
    rates = {}
    rows = []
    for name in STARTERS:
        mine = [r for r in result["start"] if r["library"] == name]
        opened, met = (statistics.median(r[key] for r in mine) for key in ("opened", "pass"))
        rates[name] = mine[0]["tokens"] / (opened + met)
        row = (name, f"{opened:.2f}", f"{met:.2f}", f"{rates[name]:,.0f}", f"{rates['pairgen'] / rates[name]:.1f}")
        rows.append(row)
    return Table(
        "From a standing start: two views of all TREC questions, once",
        ("library", "seconds to open WordNet", "seconds of the pass", "tokens/s, both", "pairgen's rate over this"),
        tuple(rows),
        "A fresh process each time, as a script is, and each worker of a loader that spawns them; imports are not "
        "counted. Medians of three.",
    )


def _lexicon(result: Result) -> Table:
    cost = result["lexicon"]
    return Table(
        "WordNet's lexicon",
        ("compiled, once", "table on disk", "opened", "resident"),
        (
            (
                f"{cost['seconds']:.1f} s",
                f"{cost['megabytes']:.1f} MB",
                f"{cost['milliseconds']:.1f} ms",
                f"{cost['mebibytes']:.1f} MiB",
            ),
        ),
        "Fresh processes. Opened: until the first word is answered. Resident: what the process grows by when the words "
        "of TREC's questions are looked up.",
    )


def _wordnet_is_here() -> bool:
    try:
        find_wordnet()
    except LexiconNotFoundError:
        return False
    return True


def _strings(texts: list[str]) -> Group:
    # A token is what stands between white space; the tokens of each view count.
    tokens = 2 * sum(len(text.split()) for text in texts)
    starts = range(0, len(texts), BATCH)

    def batched() -> Work:
        own = PairSampler("text", recipe="synonyms", seed=0)
        return lambda: [own.augment(texts[s : s + BATCH], np.arange(s, min(s + BATCH, len(texts)))) for s in starts]

    def one_by_one() -> Work:
        own = PairSampler("text", recipe="synonyms", seed=0)
        return lambda: [own(text, i) for i, text in enumerate(texts)]

    def peer(make: Callable[[], peers.Swap]) -> Callable[[], Work]:
        def setup() -> Work:
            swap = make()
            return lambda: [(swap(text), swap(text)) for text in texts]

        return setup

    return Group(
        "Two `synonyms` views of TREC questions: synonyms, one word in ten",
        "tokens",
        (
            Case("sampler.augment, lists of 256", "pairgen", batched, tokens),
            Case("sampler(text, index), one by one", "pairgen", one_by_one, tokens),
            Case("NLTK's WordNet", "nltk", peer(peers.nltk_swap), tokens),
            Case("SynonymAug, with a tagger for nothing", "nlpaug", peer(peers.nlpaug), tokens),
            Case(
                "str.split alone",
                "python",
                lambda: lambda: [(text.split(), text.split()) for text in texts],
                tokens,
                True,
            ),
        ),
        f"{len(texts):,} questions; a token is what stands between white space, and those of both views count. "
        "pairgen's rates include the keys, the draws and the records of the pairs, and the part of speech, inflection "
        "and case of what is swapped.",
    )


def _first_pass(texts: list[str]) -> Group:
    tokens = 2 * sum(len(text.split()) for text in texts)
    starts = range(0, len(texts), BATCH)

    def batched() -> Work:
        def work() -> None:
            core_of.cache_clear()
            own = PairSampler("text", recipe="synonyms", seed=0)
            for s in starts:
                own.augment(texts[s : s + BATCH], np.arange(s, min(s + BATCH, len(texts))))

        return work

    def peer(make: Callable[[], peers.Swap]) -> Callable[[], Work]:
        def setup() -> Work:
            swap = make()

            def work() -> None:
                peers.forget()
                for text in texts:
                    swap(text)
                    swap(text)

            return work

        return setup

    return Group(
        "The same, of questions never met before",
        "tokens",
        (
            Case("sampler.augment, lists of 256", "pairgen", batched, tokens),
            Case("NLTK's WordNet", "nltk", peer(peers.nltk_swap), tokens),
            Case("SynonymAug, with a tagger for nothing", "nlpaug", peer(peers.nlpaug), tokens),
        ),
        "What a first pass costs: no library remembers a word or a synset from an earlier one. Above, where the same "
        "questions come again and again, all three remember what they met.",
    )


def _ids(count: int, length: int = 64, vocabulary: int = 4096) -> Group:
    rng = np.random.default_rng(0)
    synonyms = {i: rng.integers(2, vocabulary, 3).tolist() for i in range(2, vocabulary, 2)}
    table = TokenTable.from_synonyms(synonyms, vocabulary)
    swap = TokenSwap(table, 0.1)
    ids = torch.from_numpy(rng.integers(2, vocabulary, (count, length)))
    batch = PaddedBatch(ids, torch.full((count,), length))

    def work() -> object:
        return swap.sample_batch(batch, Stream(0, 0, np.arange(count)))

    return Group(
        f"Token ids (B, {length}) in batches of {count}",
        "tokens",
        (
            Case("TokenSwap", "pairgen", lambda: work, count * length),
            Case(
                "torch.where over the batch",
                "torch",
                lambda: lambda: torch.where(ids > 2, ids, ids),
                count * length,
                True,
            ),
        ),
        "Half of the vocabulary has three synonyms; one view.",
    )


SUBJECT = TextSubject()
