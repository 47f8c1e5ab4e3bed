"""Stories: files that say who does what, when and through which door, and the play of them on a record.

The demonstration, exercises for training and the replay of a closed paper case are such files (docs/scenario.md).
"""
