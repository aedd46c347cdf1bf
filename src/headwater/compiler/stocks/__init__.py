"""Stocks that decide about their own flows (XMILE 1.0, sections 3.7.2, 3.7.3 and 4.2.1).

``rates`` puts together what flows in and out of each stock. ``limits`` keeps stocks above zero.
``disciplines`` tells which stocks are conveyors, queues and ovens; each kind has a file of its own
(``conveyors``, ``fifo_belts``, ``queues``, ``ovens``), and so have the questions they share: what
is let in (``admission``), what equations may ask (``belt_readings``, ``container_contents``), what
lies on a belt at the start (``belt_contents``), where on it an inflow enters (``belt_spreads``) and
what leaks from it (``belt_leaks``).
"""
