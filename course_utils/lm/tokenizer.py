"""A tokenizer of whole words, as TransformerLens expects it, made in memory. Importing this imports transformers."""

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast


class WordTokenizer(PreTrainedTokenizerFast):
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
        # With a name and "adds its own BOS", TransformerLens takes the tokenizer as it is and looks for no files.
        super().__init__(
            tokenizer_object=words,
            name_or_path="words",
            add_bos_token=True,
            bos_token=bos,
            eos_token=bos,
            pad_token=bos,
        )

    def __call__(self, text: str | list[str], *args, **kwargs):
        known = self.get_vocab()
        for line in [text] if isinstance(text, str) else text:
            pieces = self.backend_tokenizer.pre_tokenizer.pre_tokenize_str(line.replace(self.bos_token, " "))
            unknown = sorted({piece for piece, _ in pieces} - known.keys())
            if unknown:
                raise ValueError(
                    f"this model does not know {', '.join(map(repr, unknown))}. Its words: {' '.join(known)}"
                )
        return super().__call__(text, *args, **kwargs)
