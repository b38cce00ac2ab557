"""What a learner holds: check, hint and solution, predictions, the quiz, progress, and the record of what was done."""
