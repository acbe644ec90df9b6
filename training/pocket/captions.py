"""Caption templates: StreetCLIP's training sentence and the sentences that inference asks with."""

import random

COUNTRY = "A Street View photo in {country}."
REGION = "A Street View photo in {region}, {country}."
CITY = "A Street View photo from {city}."
TOWN = "A Street View photo close to the town of {town} in the region of {region} in {country}."
TOWN_ONLY = "A Street View photo close to the town of {town} in {country}."
REGION_ONLY = "A Street View photo in the region of {region} in {country}."

TEMPLATES = {"country": COUNTRY, "region": REGION, "city": CITY}

# English puts "the" before these; the data may already carry it.
WITH_THE = {
    "bahamas", "central african republic", "comoros", "czech republic", "democratic republic of the congo",
    "dominican republic", "gambia", "isle of man", "ivory coast", "maldives", "marshall islands", "netherlands",
    "philippines", "republic of the congo", "russian federation", "seychelles", "solomon islands",
    "united arab emirates", "united kingdom", "united states", "united states of america", "vatican",
    "faroe islands", "cayman islands", "canary islands",
} - {"ivory coast"}


def in_sentence(country):
    """The country as it stands after "in": with "the" where English needs it."""
    if country.lower().startswith("the "):
        return country
    return "the " + country if country.lower() in WITH_THE else country


def country_caption(country):
    return COUNTRY.format(country=in_sentence(country))


def draw(row, rng: random.Random):
    """A caption for one photo of `row` (town, region, country), and the set of facts it states.

    The town is kept with p = 0.4 and the region with p = 0.6 (StreetCLIP's recipe); what is kept is then worded in the
    training sentence or in one of the inference sentences. The facts, a tuple (country, region or None, town or None),
    say which other photos the caption is true of.
    """
    keep_town = rng.random() < 0.4
    keep_region = bool(row["region"]) and rng.random() < 0.6
    country = in_sentence(row["country"])
    if rng.random() < 0.1:
        country = row["country"]
    if keep_town:
        if rng.random() < 0.3:
            return CITY.format(city=row["town"]), (row["country"], None, row["town_id"])
        if keep_region:
            text = TOWN.format(town=row["town"], region=row["region"], country=country)
        else:
            text = TOWN_ONLY.format(town=row["town"], country=country)
        return text, (row["country"], None, row["town_id"])
    if keep_region:
        template = REGION if rng.random() < 0.7 else REGION_ONLY
        return template.format(region=row["region"], country=country), (row["country"], row["region"], None)
    return COUNTRY.format(country=country), (row["country"], None, None)


def all_sentences(row):
    """Every sentence about a row, for the tokenizer's training."""
    country = in_sentence(row["country"])
    yield COUNTRY.format(country=country)
    yield CITY.format(city=row["town"])
    if row["region"]:
        yield TOWN.format(town=row["town"], region=row["region"], country=country)
        yield REGION.format(region=row["region"], country=country)
