"""A byte-level BPE in CLIP's own format: learning it, encoding with it, and the hub's three tokenizer files."""

import collections
import json
import os
import unicodedata

import regex

START, END = "<|startoftext|>", "<|endoftext|>"
PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def byte_letters():
    """GPT-2's reversible map from the 256 bytes to printable letters, in CLIP's order of the vocabulary."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {b: chr(b) for b in printable}
    for b in range(256):
        if b not in letters:
            letters[b] = chr(256 + len(letters) - len(printable))
    return letters


def words(text, letters=byte_letters()):
    text = regex.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).lower().strip()
    for word in regex.findall(PATTERN, text):
        yield "".join(letters[b] for b in word.encode("utf-8"))


def learn(texts, size):
    """The merges that a vocabulary of `size` tokens allows, most frequent pair first, ties by spelling."""
    counts = collections.Counter()
    for text in texts:
        counts.update(words(text))
    splits = [[list(w[:-1]) + [w[-1] + "</w>"], n] for w, n in sorted(counts.items())]
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for i, (parts, n) in enumerate(splits):
        for pair in zip(parts, parts[1:]):
            pairs[pair] += n
            where[pair].add(i)
    merges = []
    while len(merges) < size - 512 - 2 and pairs:
        best = max(pairs.items(), key=lambda item: (item[1], item[0]))[0]
        if pairs[best] < 2:
            break
        merges.append(best)
        for i in list(where[best]):
            parts, n = splits[i]
            for pair in zip(parts, parts[1:]):
                pairs[pair] -= n
                where[pair].discard(i)
            parts = merge(parts, best)
            splits[i][0] = parts
            for pair in zip(parts, parts[1:]):
                pairs[pair] += n
                where[pair].add(i)
        pairs.pop(best, None)
    return merges


def merge(parts, pair):
    out, i = [], 0
    while i < len(parts):
        if i + 1 < len(parts) and (parts[i], parts[i + 1]) == pair:
            out.append(parts[i] + parts[i + 1])
            i += 2
        else:
            out.append(parts[i])
            i += 1
    return out


class Tokenizer:
    def __init__(self, merges, length=77):
        self.merges, self.length = [tuple(m) for m in merges], length
        letters = list(byte_letters().values())
        tokens = letters + [c + "</w>" for c in letters] + ["".join(m) for m in self.merges] + [START, END]
        self.vocab = {}
        for token in tokens:
            self.vocab.setdefault(token, len(self.vocab))
        self.ranks = {m: i for i, m in enumerate(self.merges)}
        self.start, self.end = self.vocab[START], self.vocab[END]
        self.cache = {}

    def word(self, word):
        if word not in self.cache:
            parts = list(word[:-1]) + [word[-1] + "</w>"]
            while len(parts) > 1:
                best = min(zip(parts, parts[1:]), key=lambda p: self.ranks.get(p, 1 << 30))
                if best not in self.ranks:
                    break
                parts = merge(parts, best)
            self.cache[word] = [self.vocab[p] for p in parts]
        return self.cache[word]

    def encode(self, text):
        ids = [i for w in words(text) for i in self.word(w)]
        return [self.start, *ids[: self.length - 2], self.end]

    def save(self, folder):
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "vocab.json"), "w", encoding="utf-8") as f:
            json.dump(self.vocab, f, ensure_ascii=False)
        with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as f:
            f.write("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in self.merges))
        special = [
            {"id": i, "content": token, "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": normalized, "special": True}
            for token, i, normalized in ((START, self.start, True), (END, self.end, False))
        ]
        whole = {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": special,
            "normalizer": {"type": "Sequence", "normalizers": [
                {"type": "NFC"},
                {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "},
                {"type": "Lowercase"},
            ]},
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Removed", "invert": True},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
            ]},
            "post_processor": {"type": "RobertaProcessing", "sep": [END, self.end], "cls": [START, self.start],
                               "trim_offsets": False, "add_prefix_space": False},
            "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
            "model": {"type": "BPE", "dropout": None, "unk_token": END, "continuing_subword_prefix": "",
                      "end_of_word_suffix": "</w>", "fuse_unk": False, "byte_fallback": False,
                      "vocab": self.vocab, "merges": [f"{a} {b}" for a, b in self.merges]},
        }
        with open(os.path.join(folder, "tokenizer.json"), "w", encoding="utf-8") as f:
            json.dump(whole, f, ensure_ascii=False)
        with open(os.path.join(folder, "tokenizer_config.json"), "w", encoding="utf-8") as f:
            json.dump({"tokenizer_class": "CLIPTokenizer", "model_max_length": self.length, "do_lower_case": True,
                       "add_prefix_space": False, "bos_token": START, "eos_token": END, "unk_token": END,
                       "pad_token": END, "errors": "replace"}, f, indent=2)
