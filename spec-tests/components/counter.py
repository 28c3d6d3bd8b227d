"""Counts words: one half of the composition, asked by report.js."""
from collections import Counter

from wit_world import exports
from wit_world.exports.words import Counted


class Words(exports.Words):
    def count(self, text: str) -> list[Counted]:
        counts = Counter(text.lower().split())
        return [Counted(word, times) for word, times in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
