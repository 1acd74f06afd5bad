"""How far the location can be believed: random faults with a known truth, and closed incidents.

`random_faults` draws faults and what the field makes of them, plays them through the desk and
compares with the truth and with the exact optimum; `rates` learns from closed incidents how
often devices fail.
"""
