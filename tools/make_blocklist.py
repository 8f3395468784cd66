"""Make src/portaldesk/rules/data/common-passwords.txt.gz, the list of passwords too common to use.

Public lists hold mostly short passwords, which our policies refuse by length alone. So the list keeps *cores* (the
word in "Dragon2024!!"), and adds what people do when fifteen characters are asked: two common words, a word twice, a
saying, a pet phrase with a name. Only the result is shipped; it is remade, bit for bit, with

    python -m venv /tmp/lists && /tmp/lists/bin/pip install zxcvbn==4.5.0 "django==5.2.*"
    PYTHONPATH=src /tmp/lists/bin/python tools/make_blocklist.py

Inputs: the passwords, names and surnames of zxcvbn (MIT licence) and Django's 20,000 common passwords (BSD licence, by
Royce Williams), both from public breach collections.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from importlib.resources import files
from itertools import product
from pathlib import Path

from portaldesk.rules.passwords import core

TARGET = Path(__file__).parents[1] / "src/portaldesk/rules/data/common-passwords.txt.gz"

SAYINGS = """
correct horse battery staple|to be or not to be|to be or not to be that is the question|let it be|let me in please|
let me in now please|open sesame|open sesame please|may the force be with you|i am your father|i love you so much|
i love you forever|i love you baby|i love you mom|i love you dad|i love my family|i love my kids|i love my wife|
i love my husband|i love my dog|i love my cat|i love my mom|i love my life|i love chocolate|i love jesus|
i love pizza|i miss you so much|i hate passwords|i hate this|i hate my job|i dont know|i dont care|
i forgot my password|i forgot it again|i cant remember|i cant remember it|i will always love you|god is good|
god is good all the time|god is great|god is love|god bless america|god bless you|god bless us all|god bless me|
in god we trust|jesus is lord|jesus loves me|jesus loves you|jesus christ|jesus is my savior|jesus saves|
praise the lord|thank you jesus|thank you lord|the lord is my shepherd|our father who art in heaven|
our father in heaven|hail mary full of grace|amazing grace|for god so loved the world|trust in the lord|
faith hope love|live laugh love|live love laugh|peace and love|love is all you need|all you need is love|
all we need is love|happy birthday|happy birthday to you|happy new year|merry christmas|happy halloween|
happy thanksgiving|happy wife happy life|home sweet home|there is no place like home|no place like home|
once upon a time|happily ever after|it was a dark and stormy night|the end is near|the quick brown fox|
the quick brown fox jumps over the lazy dog|the lazy dog|lorem ipsum|lorem ipsum dolor sit amet|hello world|
hello kitty|hello there|hello my friend|hello my name is|good morning|good morning america|good night|
good night moon|goodbye world|see you later|see you tomorrow|take it easy|have a nice day|have a good day|
have a great day|dont worry be happy|hakuna matata|keep calm and carry on|carpe diem|seize the day|
never give up|never surrender|never say never|never gonna give you up|just do it|yes we can|make it so|
winter is coming|a song of ice and fire|game of thrones|lord of the rings|the lord of the rings|my precious|
one ring to rule them all|you shall not pass|harry potter|star wars|star trek|live long and prosper|
beam me up scotty|resistance is futile|to infinity and beyond|the walking dead|breaking bad|stranger things|
wonder woman|the avengers|captain america|iron man|spider man|i am iron man|i am batman|i am groot|
i am legend|i am the best|i am the king|i am the one|i am awesome|i am happy|i am here|super man|super mario|
mario brothers|call of duty|grand theft auto|world of warcraft|league of legends|counter strike|assassins creed|
minecraft|pokemon|mickey mouse|minnie mouse|donald duck|winnie the pooh|sponge bob square pants|
twinkle twinkle little star|mary had a little lamb|humpty dumpty|row row row your boat|jingle bells|
jingle all the way|silent night|we wish you a merry christmas|somewhere over the rainbow|over the rainbow|
yellow submarine|here comes the sun|hey jude|yesterday|imagine all the people|stairway to heaven|hotel california|
welcome to the jungle|sweet child of mine|sweet home alabama|bohemian rhapsody|we are the champions|
we will rock you|another one bites the dust|dont stop believing|dont stop me now|livin on a prayer|born to run|
born in the usa|smells like teen spirit|enter sandman|nothing else matters|highway to hell|back in black|
smoke on the water|purple rain|billie jean|dancing queen|mamma mia|take me home country roads|ring of fire|
the times they are a changin|like a rolling stone|blowin in the wind|stayin alive|eye of the tiger|
shake it off|rolling in the deep|someone like you|baby one more time|who let the dogs out|take me to church|
land of the free|home of the brave|the star spangled banner|oh say can you see|we the people|united we stand|
stars and stripes|red white and blue|united states of america|united states|don't tread on me|
four score and seven years ago|i have a dream|ask not what your country can do|the american dream|
new york city|new york yankees|new york giants|new york knicks|new england patriots|boston red sox|
boston celtics|chicago bears|chicago cubs|chicago bulls|dallas cowboys|denver broncos|detroit lions|
green bay packers|pittsburgh steelers|philadelphia eagles|san francisco|san francisco giants|oakland raiders|
las vegas raiders|los angeles|los angeles lakers|los angeles dodgers|miami dolphins|miami heat|
kansas city chiefs|minnesota vikings|seattle seahawks|carolina panthers|cleveland browns|buffalo bills|
baltimore ravens|atlanta braves|houston astros|st louis cardinals|ohio state buckeyes|michigan wolverines|
notre dame|roll tide roll|alabama crimson tide|golden state warriors|manchester united|manchester city|
liverpool|you will never walk alone|real madrid|barcelona|arsenal|chelsea|juventus|bayern munich|
harley davidson|ford mustang|chevy silverado|chevrolet corvette|dodge charger|mercedes benz|john deere|
coca cola|dr pepper|mountain dew|starbucks coffee|ice cream|chocolate cake|chocolate chip cookies|peanut butter|
peanut butter and jelly|apple pie|bacon and eggs|pepperoni pizza|coffee please|need more coffee|more coffee please|
wine oclock|golden retriever|german shepherd|labrador retriever|german shepherd dog|my little pony|
my dog is the best|my cat is the best|best dog ever|best mom ever|best dad ever|best friends forever|
friends forever|family first|family is everything|my family|my beautiful family|my three sons|my two kids|
my first dog|my first car|mothers maiden name|mommy and daddy|mom and dad|grandma and grandpa|grandma loves you|
number one mom|number one dad|number one fan|life is good|life is beautiful|life is too short|lifes a beach|
fuck you|fuck this|fuck off|fuck passwords|shut up and take my money|what the hell|what the fuck|who cares|
who am i|who are you|why so serious|whatever|what is my password|what is the password|this is my password|
this is a password|this is the password|this is not my password|this is secret|this is a secret|
this is my secret password|this is stupid|this is a long password|this is a strong password|
this is my new password|my new password|my secret password|my password is password|my password is secret|
my very secure password|my very long password|a very long password|a very strong password|very strong password|
very long password|a long password|super secret password|super secure password|super strong password|
super long password|long long password|longer password|the longest password|the password|the password is password|
secret password|secure password|strong password|safe password|easy password|simple password|stupid password|
new password|another password|temporary password|default password|change me|change me now|please change me|
change this password|please let me in|please work|please remember me|remember me|remember this|
do not forget|dont forget|dont forget this|dont forget me|do not enter|top secret|no password|not a password|
password is password|password for the portal|password for my doctor|portal password|patient portal|my patient portal|
my chart|my chart password|my chart login|my health|my health portal|my health record|my health password|
my medical records|my medical record|my doctor|my doctor portal|my clinic|my clinic password|doctors office|
doctor appointment|doctors appointment|health care|health insurance|healthcare portal|medical portal|
medical records|medical center|family medicine|family doctor|family practice|primary care|primary care doctor|
general hospital|memorial hospital|community hospital|childrens hospital|stay healthy|be healthy|get well soon|
feel better|feel better soon|health and wellness|an apple a day|an apple a day keeps the doctor away|
laughter is the best medicine|trust me im a doctor|help me please|please help me|help me doctor|
el perro y el gato|te amo mucho|te quiero mucho|te amo mi amor|mi amor eterno|dios es amor|dios es bueno|
dios te bendiga|gracias a dios|jesus te ama|mi familia|mi contraseña|mi contraseña es|contraseña|
buenos dias|feliz navidad|feliz cumpleaños|viva mexico|te amo mi vida|mi vida eres tu
""".replace("\n", "")

PET_PHRASES = (
    *("iloveyou", "ilove", "lovemy", "mylove", "lovealways", "loveyou", "ilovemy", "imissyou", "marry", "princess"),
    *("letmein", "welcome", "welcometo", "hello", "hellokitty", "password", "mypassword", "mypasswordis", "mynameis"),
    *("ihate", "goodmorning", "happybirthday", "forever", "always", "sweet", "baby", "queen", "prince", "bigdaddy"),
)
SEASONS = ("spring", "summer", "autumn", "winter", "fall")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PLACE = (
    *("portal", "patient", "health", "clinic", "doctor", "medical", "hospital", "healthcare", "mychart", "nurse"),
    *("password", "login", "account", "access", "secure", "welcome", "secret", "user", "admin", "changeme"),
    *("letmein", "office", "records", "appointment", "medicine", "family", "care", "center", "email", "reset"),
)
ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")


def breached() -> list[list[str]]:
    """Passwords by how common they are, then women's, men's and family names likewise."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]

    packed = files("django.contrib.auth").joinpath("common-passwords.txt.gz").read_bytes()
    passwords = [*FREQUENCY_LISTS["passwords"], *gzip.decompress(packed).decode("utf-8").split("\n")]
    return [passwords, *(list(FREQUENCY_LISTS[kind]) for kind in ("female_names", "male_names", "surnames"))]


def keyboard() -> Iterator[str]:
    """Walks over the keyboard that zigzag between two rows, or take one row after the other."""
    for upper, lower in product(ROWS, repeat=2):
        yield upper + lower
        for one, two in ((upper, lower), (upper[::-1], lower[::-1])):
            zigzag = "".join(a + b for a, b in zip(one, two, strict=False))
            yield from (zigzag[:length] for length in range(8, len(zigzag) + 1))


def entries() -> Iterator[str]:
    """Everything that goes on the list, as typed; the cores are taken afterwards."""
    passwords, women, men, families = breached()
    yield from passwords
    words = [word for word in dict.fromkeys(passwords) if word.isascii() and word.isalpha() and len(word) >= 4]
    for one, two in product(words[:160], repeat=2):
        yield one + two
    for word in words[:8000]:
        yield word * 2
    for word in words[:3000]:
        yield word * 3
    names = women[:350] + men[:350]
    for phrase, name in product(PET_PHRASES, names):
        yield phrase + name
    for name, other in product(women[:60], men[:60]):
        yield from (name + other, other + name, name + "and" + other, other + "and" + name)
        yield from (name + "loves" + other, other + "loves" + name)
    for name, family in product(women[:60] + men[:60], families[:60]):
        yield name + family
    calendar = (*SEASONS, *MONTHS, *DAYS)
    for one, two in product(calendar, repeat=2):
        yield one + two
        if one == two or (one in SEASONS and two in SEASONS):  # "Summer2024!Summer"
            yield from (f"{one}{year}{mark}{two}" for year in range(2010, 2040) for mark in ("", "!", "-", " "))
    for one, two in product((*PLACE, *calendar), PLACE):
        yield from (one + two, two + one, "my" + one + two, "the" + one + two)
    for trio in product(PLACE[:20], repeat=3):
        yield "".join(trio)
    for saying in SAYINGS.split("|"):
        parts = saying.split()
        yield from (gap.join(parts) for gap in ("", " ", "-", "_", "."))
    yield from keyboard()


def main() -> None:
    """Write the list; the same inputs give the same bytes."""
    kept: set[str] = set()
    for entry in entries():
        word = core(entry)
        if len(word) >= 4:
            kept.add(word)
        elif not word and len(entry) >= 12 and entry.isascii():
            kept.add(entry.casefold())  # all digits and marks: looked up as it is
    head = "# Cores of common passwords, made by tools/make_blocklist.py from lists of zxcvbn (MIT) and Django (BSD).\n"
    text = head + "\n".join(sorted(word for word in kept if word[0] != "#")) + "\n"
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0))
    print(f"{len(kept)} entries, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
