"""Tokenizers of the shipped models, as TransformerLens expects them, made in memory. Importing this imports
transformers."""

import warnings

import numpy as np
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from course_utils import minilang

# With a name and "adds its own BOS", TransformerLens takes a tokenizer as it is and looks for no files.
AS_IT_IS = {"name_or_path": "course", "add_bos_token": True}


class TellingTokenizer(PreTrainedTokenizerFast):
    """Says a word where transformers would say nothing: texts cut, texts padded, numbers that stand for nothing."""

    def _encode_plus(self, text: str | list[str], *args, **kwargs):
        """All ways lead through here: a call, `encode`, `tokenize`."""
        lines = [text] if isinstance(text, str) else list(text)
        for line in lines:
            self.check_text(line)
        self.backend_tokenizer.no_truncation()  # an earlier call's, which would hide what is cut in this one
        lengths = [len(self.backend_tokenizer.encode(line).ids) for line in lines]
        most = kwargs.get("max_length")
        if _asked(kwargs, "truncation") and most and max(lengths, default=0) > most:
            _tell(
                f"The model reads {most} pieces: of a text with {max(lengths)} the last {max(lengths) - most} are cut."
            )
            lengths = [min(length, most) for length in lengths]
        if _asked(kwargs, "padding") and len(set(lengths)) > 1:
            _tell(
                f"These texts have {min(lengths)} to {max(lengths)} pieces: the shorter ones are filled up with "
                f"{self.pad_token} behind. A text's own last piece is not the last column."
            )
        return super()._encode_plus(text, *args, **kwargs)

    def __call__(self, text: str | list[str], *args, **kwargs):
        many = isinstance(text, list | tuple)
        if not all(isinstance(line, str) for line in (text if many else [text])) or (many and not text):
            raise ValueError(f"the model reads a text or a list of texts, not {text!r:.80}")
        return super().__call__(text, *args, **kwargs)

    def check_text(self, line: str) -> None:
        """Raises ValueError for a text that this tokenizer has no pieces for."""
        raise NotImplementedError

    def decode(self, token_ids, *args, **kwargs):
        self._check(token_ids)
        return super().decode(token_ids, *args, **kwargs)

    def convert_ids_to_tokens(self, ids, *args, **kwargs):
        self._check(ids)
        return super().convert_ids_to_tokens(ids, *args, **kwargs)

    def _check(self, ids) -> None:
        for number in np.asarray(ids if not hasattr(ids, "tolist") else ids.tolist()).flatten().tolist():
            if isinstance(number, bool) or not isinstance(number, int):
                raise ValueError(f"pieces go by whole numbers, from 0 to {len(self) - 1}, not by {number!r}")
            if not 0 <= number < len(self):
                raise ValueError(f"there is no piece {number}: they are numbered from 0 to {len(self) - 1}")


def _asked(kwargs: dict, what: str) -> bool:
    """Whether a strategy of transformers' is another than not to do it."""
    strategy = kwargs.get(f"{what}_strategy")
    return strategy is not None and not strategy.value.startswith("do_not")


def _tell(what: str) -> None:
    warnings.warn(what, stacklevel=6)  # where the model was asked to read, as near as that can be said


class WordTokenizer(TellingTokenizer):
    """One word or full stop, one token. The first word of the vocabulary begins every text.

    A word that is not in the vocabulary is an error that names it: with few words that is an easy slip, and a silent
    "unknown" token would hide it.

    >>> WordTokenizer(["<s>", "the", "cat", "sleeps", "."])("the cat sleeps.")["input_ids"]
    [0, 1, 2, 3, 4]
    """

    def __init__(self, vocabulary: list[str]):
        bos = vocabulary[0]
        words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(vocabulary)}))
        words.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(Regex(r"[.]"), "isolated")]
        )
        words.post_processor = processors.TemplateProcessing(single=f"{bos} $A", special_tokens=[(bos, 0)])
        super().__init__(tokenizer_object=words, bos_token=bos, eos_token=bos, pad_token=bos, **AS_IT_IS)

    def check_text(self, line: str) -> None:
        known = self.get_vocab()
        pieces = self.backend_tokenizer.pre_tokenizer.pre_tokenize_str(line.replace(self.bos_token, " "))
        unknown = sorted({piece for piece, _ in pieces} - known.keys())
        if unknown:
            raise ValueError(f"this model does not know {', '.join(map(repr, unknown))}. Its words: {' '.join(known)}")


class MiniTokenizer(TellingTokenizer):
    """The pieces of the mini-language: the ids of ``minilang.encode``, and text that comes back letter for letter.

    Text outside the language raises ``minilang.UnknownText``, which names the word and its place. ``<bos>`` begins
    every text, is padding, and may stand in a text as itself.

    >>> MiniTokenizer().convert_ids_to_tokens(MiniTokenizer()(" The fern owl hovers.")["input_ids"])
    ['<bos>', ' The', ' fern', ' owl', ' hover', 's', '.']
    """

    def __init__(self):
        bos = minilang.BOS
        numbered = {piece: i for i, piece in enumerate(minilang.PIECES)}
        # WordPiece takes the longest piece that fits, as `minilang.encode` does, once it takes a text for one word.
        pieces = Tokenizer(
            models.WordPiece(numbered, unk_token=bos, continuing_subword_prefix="", max_input_chars_per_word=10**6)
        )
        pieces.decoder = decoders.Fuse()
        pieces.post_processor = processors.TemplateProcessing(single=f"{bos} $A", special_tokens=[(bos, 0)])
        super().__init__(
            tokenizer_object=pieces,
            clean_up_tokenization_spaces=False,
            bos_token=bos,
            eos_token=bos,
            pad_token=bos,
            **AS_IT_IS,
        )

    def check_text(self, line: str) -> None:
        for part in line.split(self.bos_token):
            minilang.encode(part)  # raises UnknownText where WordPiece would put <bos> and say nothing
