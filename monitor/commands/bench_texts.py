"""Invented school mail to measure with: as varied as a day's, none of it from the training sentences."""

import random
from collections.abc import Iterator

OPENINGS = ("Hi everybody,", "Dear Ms Alvarez,", "hey", "Team,", "Reminder:", "Hello Mr Brandt,", "Good morning,", "yo",
            "Hi Nadia,", "Dear families,", "Quick question:", "Thanks!", "")  # fmt: skip

SENTENCES = (
    "the bus leaves at {time} so please be at the gate ten minutes earlier.",
    "can somebody send me the notes from {subject}, I was at the dentist on {day}.",
    "this homework is killing me, chapter nine has forty problems.",
    "our lab report is due on {day} and the graph still has no labels.",
    "rehearsal moves to the gym because the hall is being painted.",
    "thanks for helping me with the poster, it looks great now.",
    "the chess club meets on {day} at {time}, new players are welcome.",
    "I think the second paragraph should come first, what do you think?",
    "Please bring your signed permission slip by {day}, otherwise you cannot come along.",
    "my mom says I can come over after practice if we finish the {subject} worksheet.",
    "The quiz covers chapters four to six, and you may use one page of your own notes.",
    "lol did you see what happened in the last five minutes of the game",
    "We lost by two points but coach said the defense was the best he has seen this year.",
    "I uploaded the slides, the video on page seven does not play yet.",
    "Could I get an extension until {day}? I had the flu and missed two classes.",
    "The library closes at {time} on {day} because of the parents' evening.",
    "In 1863 the army crossed the river at night and lost more than half of its men.",
    "Our group wrote about how volcanoes form and why some of them erupt without warning.",
    "Romeo believes that Juliet is dead, and that is the moment when everything goes wrong.",
    "who is bringing snacks on {day}, I can do chips and something to drink",
    "Attached you find the seating plan for the exam and the list of rooms.",
    "I was so tired yesterday that I fell asleep during the movie in {subject}.",
    "Lunch tomorrow is pasta or salad; tell the kitchen about allergies before {time}.",
    "My cousin got a puppy and it has already eaten two of his shoes.",
    "You crushed it at the audition, everyone was talking about your song.",
    "The substitute did not know about the assignment, so we all just read.",
    "Please do not share your password with anybody, not even with your best friend.",
    "We would like to invite you to the opening of the art show in room {number}.",
    "is it just me or was the {subject} test impossible",
    "For the experiment we heated the water slowly and wrote down the temperature every minute.",
    "The yearbook needs two more photographers for the spring sports.",
    "Sorry I missed your call, my phone was dead and I was stuck at practice until {time}.",
    "He argues that the city should plant more trees, and he gives three reasons for it.",
    "I felt nervous before the speech, but it went better than I thought.",
    "Remember to return the chromebook and the charger before the break.",
    "can we switch shifts on {day}, I have to watch my little brother",
    "The author describes the storm as if it were an angry animal.",
    "If you have questions about your grade, come to my office hours on {day} at {time}.",
    "We are raising money for new uniforms by washing cars in the parking lot.",
    "My essay is about my grandfather, who came here with one suitcase and forty dollars.",
    "The answer to number twelve is wrong in the book, it should be {number}.",
    "don't forget we have the fire drill in third period",
    "I would shoot from the corner more often, their keeper is weak on that side.",
    "That movie was so sad that I cried for the last half hour.",
    "The counselor will visit every class this week to talk about stress before exams.",
    "Your feedback helped a lot, I rewrote the introduction and cut the last page.",
    "The debate is about whether phones should be allowed during lunch.",
    "mr patel said we can pick our own partners this time",
    "Here is the link to the form; it takes two minutes and is due on {day}.",
    "Cells divide in several steps, and in each of them something different happens.",
    "I will be late on {day}, the orthodontist could only see me at {time}.",
    "The team with the most cans of food by {day} wins a pizza party.",
    "We should ask the neighbors whether we may use their garage for the float.",
    "You are going to love this book, I finished it in one night.",
    "The soldiers in the novel are afraid, yet none of them wants to say so.",
    "Practice is cancelled because of lightning, stay inside until your ride is here.",
    "I still need your part of the bibliography, four sources at least.",
    "She was really mean about my drawing today and I don't know why.",
    "Please check that your camera works before the online meeting at {time}.",
    "The hamster in room {number} is fine again, thank you for all the cards.",
    "that level is so hard, the boss kills me every single time",
    "Next week we begin with fractions, please bring a ruler and a pencil.",
    "My presentation is on sharks and why most of them are harmless to people.",
    "Good luck at the tournament, we are all proud of you whatever happens.",
)  # fmt: skip

ROUGH = (
    "you are so annoying, nobody even wants you in the group",
    "shut up loser, everyone laughs at you behind your back",
    "I feel like nobody would notice if I was gone.",
    "if he talks to me like that again I swear I will hit him",
    "don't tell your parents that we write, they would not understand us",
)
"""One of these stands in a few texts of a hundred, so that what it costs to explain a flag is measured as well."""

ROUGH_SHARE = 0.03

SLOTS = {
    "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "the 14th"),
    "time": ("7:15", "8", "half past two", "3:30", "noon", "five"),
    "subject": ("history", "biology", "English", "algebra", "Spanish", "chemistry", "band"),
    "number": ("12", "104", "37", "215", "8"),
}

SEED = 7
WIDEST = 12


def unseen_texts(count: int, seed: int = SEED) -> list[str]:
    """Messages of one to twelve sentences, no two windows alike."""
    chance = random.Random(seed)  # noqa: S311 - the same texts each time, nothing secret
    return [_message(chance, number) for number in range(count)]


def day_texts(count: int, seed: int = SEED) -> tuple[list[str], dict[str, int]]:
    """What reaches the classifier in a school day, mixed, and how many texts of each kind there are.

    `notices` go to 20 to 120 mailboxes, `messages` to one to four, with `replies` the text quoted stands once more
    (quoted and new text are scored apart), and `documents` are saved again with another sentence at the end.
    """
    chance = random.Random(seed)  # noqa: S311 - as above
    texts: list[str] = []
    kinds = dict.fromkeys(("notices", "messages", "replies", "documents"), 0)
    number = 0
    while len(texts) < count:
        number += 1
        kind = chance.choices(tuple(kinds), weights=(2, 55, 30, 13))[0]
        arriving = list(_arriving(kind, chance, number))
        kinds[kind] += len(arriving)
        texts += arriving
    chance.shuffle(texts)
    return texts, kinds


def _arriving(kind: str, chance: random.Random, number: int) -> Iterator[str]:
    """The texts that one notice, message, reply or document brings before the classifier."""
    text = _message(chance, number)
    if kind == "notices":
        yield from [text] * chance.randint(20, 120)
    elif kind == "messages":
        yield from [text] * chance.choices((1, 2, 4), weights=(6, 3, 1))[0]
    elif kind == "replies":
        for answer in range(chance.randint(1, 4)):
            yield from (text, _message(chance, 1000 * number + answer))
    else:
        for _ in range(chance.randint(2, 8)):
            yield text
            text = f"{text} {_sentence(chance)}"


def _message(chance: random.Random, number: int) -> str:
    sentences = [_sentence(chance) for _ in range(min(WIDEST, 1 + int(chance.expovariate(0.3))))]
    if chance.random() < ROUGH_SHARE:
        sentences[chance.randrange(len(sentences))] = chance.choice(ROUGH)
    return " ".join([chance.choice(OPENINGS), *sentences, f"({number})"]).strip()


def _sentence(chance: random.Random) -> str:
    return chance.choice(SENTENCES).format_map({name: chance.choice(values) for name, values in SLOTS.items()})
