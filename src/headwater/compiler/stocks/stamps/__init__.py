"""How long material has been on its way since a flow stamped it with the time (Stella).

``tags`` are what is known of the stamped part of an amount; ``carriers`` are the stocks that tags
pass through; ``following`` traces them to the flows that equations ask about, and answers.

Source: isee systems, Stella help, Cycle-Time Concepts, Cycle-Time Rules and Cycle-time builtins;
STELLA's manual of 2004, Cycle-Time Rules, for ordinary stocks: what flows in lines up in them and
leaves first in, first out.
"""
