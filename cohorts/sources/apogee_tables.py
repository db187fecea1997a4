"""The tables of APOGÉE that are read, with the columns that are needed of them. Nothing here is ever written.

Types are wide: what comes out is normalised like the cells of a file (``rows``), so that padding and numbers do not matter.
"""

from typing import Any

from sqlalchemy import Column, Date, Integer, MetaData, String, Table
from sqlalchemy.types import TypeEngine

#: Table → columns that are texts, numbers (n:) or dates (d:).
SHAPES: dict[str, str] = {
    "INDIVIDU": "n:COD_IND n:COD_ETU",
    "ANNEE_UNI": "COD_ANU ETA_ANU_IAE LIB_ANU",
    "ETAPE": "COD_ETP LIB_ETP",
    "VERSION_ETAPE": "COD_ETP n:COD_VRS_VET LIB_WEB_VET COD_CMP",
    "VDI_FRACTIONNER_VET": "COD_ETP n:COD_VRS_VET DAA_DEB_VAL_VET DAA_FIN_VAL_VET",
    "COMPOSANTE": "COD_CMP LIB_CMP",
    "INS_ADM_ETP": "COD_ANU n:COD_IND COD_ETP n:COD_VRS_VET n:NUM_OCC_IAE ETA_IAE ETA_PMT_IAE TEM_IAE_PRM d:DAT_MOD_IAE",
    "INS_PEDAGOGI_ETP": "COD_ANU n:COD_IND COD_ETP n:COD_VRS_VET",
    "ELEMENT_PEDAGOGI": "COD_ELP LIB_ELP COD_PEL COD_CMP",
    "IND_CONTRAT_ELP": "COD_ANU n:COD_IND COD_ETP n:COD_VRS_VET COD_ELP TEM_PRC_ICE d:DAT_MOD_ICE",
    "IND_DISPENSE_ELP": "COD_ANU n:COD_IND COD_ETP n:COD_VRS_VET COD_ELP",
    "ELP_REGROUPE_ELP": "COD_ELP_PERE COD_ELP_FILS ETA_ELP_FILS TEM_SUS_ELP_FILS ETA_LSE d:DATE_FERMETURE_LIEN",
    "ELP_PORTEUR_PORTE": "COD_ANU COD_ELP_PORTEUR COD_ELP_PORTE",
    "GROUPE": "n:COD_GPE COD_EXT_GPE LIB_GPE DAA_DEB_VAL_GPE DAA_FIN_VAL_GPE",
    "GPE_OBJ": "n:COD_GPE TYP_OBJ_GPO COD_ELP",
    "IND_AFFECTE_GPE": "COD_ANU n:COD_IND n:COD_GPE",
}
KINDS: dict[str, TypeEngine[Any]] = {"n": Integer(), "d": Date()}


class ApogeeTables:
    """The tables, or views of the same columns, as they are called here. Attributes are the tables' names in lower case."""

    def __init__(self, schema: str = "", prefix: str = "") -> None:
        metadata = MetaData(schema=schema.lower() or None)
        self._tables = {
            name: Table(f"{prefix}{name}".lower(), metadata, *map(column, shape.split()))
            for name, shape in SHAPES.items()
        }

    def __getattr__(self, name: str) -> Table:
        try:
            return self._tables[name.upper()]
        except KeyError:
            raise AttributeError(name) from None


def column(written: str) -> "Column[Any]":
    kind, _, name = written.rpartition(":")
    return Column(name.lower(), KINDS.get(kind, String()))
