"""Malformed blocks of those who sell, rate, back, buy and trade notes: each fault is told at its line and field."""

from __future__ import annotations

from pathlib import Path

import pytest
from market_blocks import Cases, must_be_refused

BAD: Cases = {
    "shelf unknown key": (
        "shelves: {huabei: {min_fase_fen: 3}}",
        "bad.yaml:4:20: shelves.huabei.min_fase_fen:",
        "unknown key; did you mean 'min_face_fen'?",
    ),
    "shelf originator unknown": (
        'shelves: {huabei: {originator: "originator:nobody"}}',
        "bad.yaml:4:20: shelves.huabei.originator:",
        "'originator:nobody' is not a party of this scena",
    ),
    "shelf originator wrong kind": (
        'shelves: {huabei: {originator: "bank:large_1"}}',
        "bad.yaml:4:20: shelves.huabei.originator:",
        "'bank:large_1' sells no loans; name a party of k",
    ),
    "shelf custodian unknown": (
        'shelves: {huabei: {custodians: ["bank:nowhere"]}}',
        "bad.yaml:4:20: shelves.huabei.custodians:",
        "'bank:nowhere' is not a party of this scenario;",
    ),
    "shelf custodian wrong kind": (
        'shelves: {huabei: {custodians: ["manager:cicc"]}}',
        "bad.yaml:4:11: shelves.huabei:",
        "custodian: manager:cicc is not of kind custodian",
    ),
    "shelf agency wrong kind": (
        'shelves: {huabei: {agencies: ["manager:cicc"]}}',
        "bad.yaml:4:11: shelves.huabei:",
        "agency: manager:cicc is not of kind agency; name",
    ),
    "shelf no agencies": (
        "shelves: {huabei: {agencies: []}}",
        "bad.yaml:4:20: shelves.huabei.agencies:",
        "Tuple should have at least 1 item after validati",
    ),
    "shelf no managers": (
        "shelves: {huabei: {managers: []}}",
        "bad.yaml:4:20: shelves.huabei.managers:",
        "Tuple should have at least 1 item after validati",
    ),
    "shelf min above max": (
        "shelves: {huabei: {min_face_fen: 900_000_000_000}}",
        "bad.yaml:4:11: shelves.huabei:",
        "min_face_fen lies above max_face_fen; swap them",
    ),
    "shelf negative face": (
        "shelves: {huabei: {min_face_fen: -1}}",
        "bad.yaml:4:20: shelves.huabei.min_face_fen:",
        "should be greater than or equal to 100000000",
    ),
    "shelf regime": (
        "shelves: {huabei: {regime: telegram}}",
        "bad.yaml:4:20: shelves.huabei.regime:",
        "'telegram' is not one of 'approval', 'filing', '",
    ),
    "shelf rank twice": (
        "shelves: {huabei: {classes: {mezzanine: {rank: 0}}}}",
        "bad.yaml:4:11: shelves.huabei:",
        "classes: ranks [0, 0, 2] are not all different;",
    ),
    "shelf rating unknown": (
        "shelves: {huabei: {classes: {senior: {rating: AAAA}}}}",
        "bad.yaml:4:39: shelves.huabei.classes.senior.rating:",
        "'AAAA' is not a rating; use one of AAA, AA+, AA,",
    ),
    "shelf spread upside down": (
        "shelves: {huabei: {classes: {senior: {low_spread_bp: 300, high_spread_bp: 20}}}}",
        "bad.yaml:4:11: shelves.huabei:",
        "classes.senior: low_spread_bp lies above high_sp",
    ),
    "shelf retention": (
        "shelves: {huabei: {vertical_retention_bp: 20_000}}",
        "bad.yaml:4:20: shelves.huabei.vertical_retention_bp:",
        "should be less than 10000",
    ),
    "shelf prototype fee payee": (
        "shelves: {huabei: {prototype: {fees: {management: {payee: nobody}}}}}",
        "bad.yaml:4:52: shelves.huabei.prototype.fees.management.payee:",
        "'nobody' is not one of 'manager', 'custodian', '",
    ),
    "shelf prototype trigger kind": (
        "shelves: {huabei: {prototype: {triggers: {rights: {kind: lunar}}}}}",
        "bad.yaml:4:52: shelves.huabei.prototype.triggers.rights.kind:",
        "'lunar' is not one of 'cumulative_default', 'npl",
    ),
    "shelf like unknown": (
        'shelves: {new: {like: programe, originator: "originator:jdct"}}',
        "bad.yaml:4:11: shelves.new.managers:",
        "missing: Arrangers it chooses from; the one with",
    ),
    "shelf without originator": (
        "shelves: {new: {like: programme}}",
        "bad.yaml:4:11: shelves.new.originator:",
        "missing: Who sells the loans.",
    ),
    "shelf prototype product": (
        "shelves: {huabei: {prototype: {eligibility: {products: [cars]}}}}",
        "bad.yaml:4:46: shelves.huabei.prototype.eligibility.products:",
        "'cars' is none of bill_instalment, transaction_i",
    ),
    "shelf opening below unit": (
        "shelves: {huabei: {opening_face_fen: -5}}",
        "bad.yaml:4:20: shelves.huabei.opening_face_fen:",
        "should be greater than or equal to 0",
    ),
    "shelf guarantor unknown": (
        'shelves: {huabei: {guarantor: "guarantor:nobody"}}',
        "bad.yaml:4:11: shelves.huabei:",
        "support: 'guarantor' is given without it; add su",
    ),
    "shelf guarantor wrong kind": (
        'shelves: {huabei: {guarantor: "bank:large_1"}}',
        "bad.yaml:4:11: shelves.huabei:",
        "support: 'guarantor' is given without it; add su",
    ),
    "issuance regime": (
        "issuance: {rating_regime: {2019-01-01: lottery}}",
        "bad.yaml:4:28: issuance.rating_regime.2019-01-01:",
        "'lottery' is not one of 'issuer_chooses', 'assig",
    ),
    "issuance date": (
        "issuance: {rating_regime: {someday: dual}}",
        "bad.yaml:4:28: issuance.rating_regime.someday:",
        "should be a date written as 2017-06-01",
    ),
    "issuance ppm": (
        "issuance: {disclosure_ppm: {2019-01-01: 2_000_000}}",
        "bad.yaml:4:29: issuance.disclosure_ppm.2019-01-01:",
        "should be less than or equal to 1000000",
    ),
    "issuance venues": (
        "issuance: {venues: {2019-01-01: 0}}",
        "bad.yaml:4:21: issuance.venues.2019-01-01:",
        "should be at least 1",
    ),
    "issuance unknown": (
        "issuance: {closed: true}",
        "bad.yaml:4:12: issuance.closed:",
        "unknown key; known keys: 'agency_grounds_ppm', 'a",
    ),
    "issuance empty dates": (
        "issuance: {rating_regime: {}}",
        "bad.yaml:4:12: issuance.rating_regime:",
        "is empty; give at least one date with its value",
    ),
    "dealer negative capital": (
        "dealers: {maker_1: {capital_fen: -1}}",
        "bad.yaml:4:21: dealers.maker_1.capital_fen:",
        "should be greater than or equal to 0",
    ),
    "dealer without title": (
        "dealers: {new: {capital_fen: 5}}",
        "bad.yaml:4:11: dealers.new.title:",
        "missing: Name in the world.",
    ),
    "dealer spread": (
        "dealers: {maker_1: {spread: {base_ppm: -4}}}",
        "bad.yaml:4:30: dealers.maker_1.spread.base_ppm:",
        "should be greater than or equal to 0",
    ),
    "investor kind": (
        "investors: {fund_1: {kind: hedge}}",
        "bad.yaml:4:22: investors.fund_1.kind:",
        "'hedge' is not one of 'wealth_product', 'fund',",
    ),
    "investor lowest rating": (
        "investors: {fund_1: {mandate: {lowest_rating: gold}}}",
        "bad.yaml:4:32: investors.fund_1.mandate.lowest_rating:",
        "'gold' is not a rating; use one of AAA, AA+, AA,",
    ),
    "investor appetite": (
        "investors: {fund_1: {mandate: {appetite: huge}}}",
        "bad.yaml:4:32: investors.fund_1.mandate.appetite:",
        "'huge' is not one of 'averse', 'medium', 'residu",
    ),
    "investor share over one": (
        "investors: {fund_1: {mandate: {per_originator_ppm: 3_000_000}}}",
        "bad.yaml:4:32: investors.fund_1.mandate.per_originator_ppm:",
        "should be less than or equal to 1000000",
    ),
    "investor flow": (
        "investors: {fund_1: {flows: {sd_ppm: -1}}}",
        "bad.yaml:4:30: investors.fund_1.flows.sd_ppm:",
        "should be greater than or equal to 0",
    ),
    "investor cash text": (
        "investors: {fund_1: {cash_fen: much}}",
        "bad.yaml:4:22: investors.fund_1.cash_fen:",
        "should be a whole number",
    ),
    "other supply negative": (
        "other_supply: {monthly_fen: {2019-01-01: -4}}",
        "bad.yaml:4:30: other_supply.monthly_fen.2019-01-01:",
        "should be at least 0",
    ),
    "an amount that no ledger adds up": (
        "investors: {fund_1: {cash_fen: 9_000_000_000_000_000_000}}",
        "bad.yaml:4:22: investors.fund_1.cash_fen:",
        "an amount is at most 100,000,000,000,000,000 fen",
    ),
    "a dated amount that no ledger adds up": (
        "other_supply: {monthly_fen: {2019-01-01: 9_000_000_000_000_000_000}}",
        "bad.yaml:4:30: other_supply.monthly_fen.2019-01-01:",
        "an amount is at most",
    ),
    "other supply upside down": (
        "other_supply: {low_spread_bp: 300, high_spread_bp: 10}",
        "bad.yaml:4:1: other_supply:",
        "low_spread_bp lies above high_spread_bp",
    ),
    "outstanding notes smaller than a plan": (
        "shelves: {huabei: {opening_face_fen: 1}}",
        "bad.yaml:4:11: shelves.huabei:",
        "no plan is smaller than 100,000,000 fen",
    ),
    "outstanding notes in ten thousands of plans": (
        "shelves: {huabei: {opening_face_fen: 10_000_000_000_000_000}}",
        "bad.yaml:4:11: shelves.huabei:",
        "more than 500 plans of max_face_fen",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_malformed_block_is_refused_at_its_line_and_field(shipped: Path, case: str) -> None:
    must_be_refused(shipped, BAD[case])
