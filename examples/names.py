"""Common names to make people of, and spellings that get mixed up on the telephone."""

from typing import Final

__all__ = ["FAMILY_NAMES", "GIVEN_NAMES", "NEAR_SPELLINGS"]


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GIVEN_NAMES: Final = {
    "f": _names(
        "Abigail Adriana Aisha Alice Amelia Ana Anneliese Beatriz Bianca Brigid Camila Catherine "
        "Chloe Clara Daniela Dorothy Elena Eliza Emma Esther Fatima Fiona Gabriela Grace Greta Hannah "
        "Helen Imani Ingrid Irene Isabel Jasmine Joan Josephine Kamala Keiko Leila Lucia Madeleine "
        "Margaret Maria Mei Miriam Mónica Naomi Nia Nora Olivia Paula Rosa Ruth Samira Sofía Sophie "
        "Stella Tamar Teresa Valentina Vera Willa Yasmin Zoë"
    ),
    "m": _names(
        "Aaron Adam Ahmed Alejandro Andre Anton Arthur Benedict Caleb Carlos Cedric Cyrus Daniel "
        "David Diego Dominic Edward Elias Ethan Felix Francis Gabriel George Hamza Harold Henry Hugo "
        "Isaac Ivan Jacob Jamal Javier Joel John José Julian Kenji Kwame Leo Liam Luis Malik Marco "
        "Martin Mateo Miguel Nathan Nikolai Noah Omar Oscar Patrick Paul Pedro Rafael Ravi Samuel "
        "Søren Thomas Tomás Victor Walter Wei William Xavier Yusuf Zachary"
    ),
}

NEAR_SPELLINGS: Final = dict(
    pair.split("/")
    for pair in _names(
        "Andersen/Anderson Clarke/Clark Fischer/Fisher González/Gonzales Hoffmann/Hoffman "
        "Johansson/Johanson Meyer/Meier Nielsen/Nielson O'Connor/OConnor Petersen/Peterson "
        "Philips/Phillips Reid/Reed Rodríguez/Rodriguez Schmidt/Schmitt Lindsay/Lindsey "
        "Thompson/Thomson"
    )
)

FAMILY_NAMES: Final = (
    *NEAR_SPELLINGS,
    *_names(
        "Abbott Achebe Aguilar Ahmadi Alvarez Baker Banerjee Barnes Bauer Begum Bennett Brooks "
        "Campbell Cardenas Carter Castillo Chandra Chen Cohen Coleman Contreras Cooper Cruz Dawson "
        "Delgado Diaz Dubois Edwards Ellis Espinoza Evans Farouk Flores Foster Fuentes Garcia Gomez "
        "Graham Gupta Hall Haddad Harris Hernandez Hughes Hussain Ibrahim Iyer Jackson Jenkins "
        "Johnson Kaplan Kaur Kelly Khan Kim Kowalczyk Kumar Larsen Lee Levy Lopez Malone Martin "
        "Martinez McKay Mehta Mitchell Morales Morgan Mueller Murphy Nakamura Navarro Nguyen Novak "
        "Núñez Ochoa Okafor Ortiz Owens Park Parker Patel Perez Pham Popov Price Quinn Ramirez Reyes "
        "Richards Rivera Robinson Rojas Rossi Russo Salazar Sanchez Santos Schneider Shah Silva Singh "
        "Smith Sokolov Tanaka Taylor Torres Tran Turner Vargas Vasquez Vega Walker Wang Ward "
        "Washington Watson Weber Williams Wilson Wong Wright Yamamoto Young Zhang"
    ),
    "de la Cruz",
    "van Dijk",
)
