"""Words that would betray what a talk is about (R55, S75), by language: a service is not called by them, and tests look
for them in all that residents see of a booking."""

import re

FORBIDDEN = {
    "pl": (
        *("przemoc", "sprawc", "ofiar", "krzywd", "sąd", "wyrok", "kurator", "prokurat", "karn", "niebiesk"),
        *("korekcyj", "interwencj", "terap", "zastępcz", "kwalifikac", "pomocy społecznej", "kryzys"),
    ),
    "uk": (
        *("насильств", "кривдник", "жертв", "кривд", "суд", "вирок", "куратор", "прокур", "карн", "блакитн"),
        *("корекц", "інтервенц", "терап", "прийомн", "кваліфікац", "соціальної допомоги", "криз"),
    ),
    "en": (
        *(
            "violen",
            "perpetrat",
            "victim",
            "harmed",
            "court",
            "sentence",
            "probation",
            "prosecut",
            "criminal",
        ),
        *("blue card", "correcti", "intervention", "therap", "foster", "qualif", "social welfare", "crisis"),
    ),
}


def betrayed(text: str, language: str = "pl") -> list[str]:
    """The forbidden words that a text holds; Polish ones count in every language. The shortest have to begin a word, so
    that good sense (“rozsądek”) is no court (“sąd”)."""
    words = dict.fromkeys(FORBIDDEN["pl"] + FORBIDDEN[language])
    return [word for word in words if re.search(rf"\b{word}" if len(word) < 4 else word, text.casefold())]
