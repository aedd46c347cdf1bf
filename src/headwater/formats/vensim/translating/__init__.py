"""From the terms of XMILE and the literate case to Vensim's: another project with the same run.

``project`` is the way in; ``variables`` and ``equation`` go through the model, ``expressions``
through an equation, ``functions`` through its calls: ``aggregates``, ``graphs``, ``memory``,
``noise``, ``pulses``, ``solved``. ``arrays`` writes subscripts, ``operators`` what Vensim has no
sign for, ``conveyors`` belts; ``scope`` knows every name.
"""

from headwater.formats.vensim.translating.project import in_vensims_terms

__all__ = ["in_vensims_terms"]
