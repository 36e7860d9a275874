"""Invented sentences for whole-path tests: careful, plain, and far enough from the thresholds to be no gamble."""

SIGNS = {
    "self_harm": "I don't want to be alive anymore. I keep thinking about killing myself and nobody would care.",
    "bullying": "You are a pathetic ugly loser and everybody hates you. Nobody wants you here, you stupid idiot.",
    "violence": "I am going to bring a gun to school tomorrow and shoot everyone in that class.",
    "grooming": "You are so mature for your age. Send me a picture and don't tell your parents about us, it is our "
    "secret. Add me on another app so we can talk alone tonight.",
}
ORDINARY = "The chess club meets on Thursday at three in the library. Bring the board if you have it. Marker: {marker}."
