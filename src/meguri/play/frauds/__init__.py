"""Frauds as stories: an honest beginning, a crooked step, and what the record makes of it.

``cast.toml`` says who is there, the other files hold the kinds. The steps under ``honest`` must be taken; of those
under ``crooked`` one may be refused, or what they leave may stand against an answer of the balance, or nobody sees it.
"""
