"""From the terms of XMILE and the literate case to Vensim's: another project with the same run."""

from headwater.formats.vensim.translating.project import in_vensims_terms

__all__ = ["in_vensims_terms"]
