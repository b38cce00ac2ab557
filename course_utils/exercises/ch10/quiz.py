"""Five questions at the end of chapter 10."""

QUIZ = []
