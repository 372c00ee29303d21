"""The words that cells hold instead of numbers and names, folded by `csv_mapping.normal`.

It exists as data, as `csv_words` does for headers: directions, states, balances and totals.
"""

from __future__ import annotations

from typing import Final

from pfh.features.imports.formats import csv_words_east as east
from pfh.features.imports.formats.csv_words import folded_words

# Cells that say the direction of the amount.
DEBIT_CELLS: Final = frozenset(
    folded_words(
        """debit, db, dr, d, s, soll, af, out, debet, debito, wydatek, obciazenie,
        withdrawal, expense,
        ausgabe, gasto, despesa, sortie, uit, ud, cargo, money out, outgoing, sent, dare,
        belastung, uscita,
        saida, egreso, depense, lastschrift, dbit, debe, odchozi, vydaj, utgift, spent,
        charge, debit card,
        purchase, outflow, payment out, ausgang, odeslana, a debito, minus, zahlungsausgang,
        geldausgang, uberweisungsausgang, udgift, ausgaben, gastos, despesas, spesa""",
        east.DEBIT_CELLS,
    )
)
CREDIT_CELLS: Final = frozenset(
    folded_words(
        """credit, cr, c, h, haben, bij, in, kredit, credito, uznanie, wplyw, deposit,
        income, einnahme,
        ingreso, receita, entrada, entree, inn, abono, money in, incoming, received, avere,
        gutschrift,
        entrata, crdt, haber, prichozi, prijem, inntekt, refund, inflow, payment in,
        eingang, recette,
        prijata, a credito, cred, plus, zahlungseingang, geldeingang,
        uberweisungseingang, inkomst, indtaegt, przychod, einnahmen""",
        east.CREDIT_CELLS,
    )
)
NEUTRAL_CELLS: Final = frozenset({"", "neutral"})
PLAIN_CELLS: Final = frozenset(folded_words(east.PLAIN_CELLS))
UNDIRECTED_CELLS: Final = frozenset(folded_words(east.UNDIRECTED))

PENDING_CELLS: Final = frozenset(
    folded_words(
        """pending, vorgemerkt, en attente, pendiente, pendente, in sospeso, reserved,
        reserviert, reserveret,
        reservert, reservation, authorised, authorized, authorization, processing, in
        afwachting, hold, on hold,
        unposted, oczekujaca, nezauctovano, varaus, umsatz vorgemerkt, offen, nicht gebucht,
        preliminary""",
        east.PENDING_CELLS,
    )
)
VOID_CELLS: Final = frozenset(
    folded_words(
        """declined, failed, cancelled, canceled, reverted, rejected, denied, expired,
        voided, void, refused,
        abgelehnt, storniert, geweigerd, geannuleerd, refusee, annulee, avvist, afvist,
        avvisad, hylatty, zamitnuto, elutasitva, odbijeno, rechazada, rechazado, anulado,
        refuse, annule, odrzucona,
        rifiutato, error,
        returned to sender, blocked, ruckgangig gemacht, rueckgaengig gemacht, revertido,
        revertida, annullato, annullata, stornato, cancelado, cancelada, reversed, teruggedraaid,
        wycofana, anulowana, anulowano, revertita, revertito""",
        east.VOID_CELLS,
    )
)

# A row with one of these for its words is a balance and no movement.
BALANCE_LINES: Final = frozenset(
    folded_words(
        """balance, saldo, saldo dia, saldo total disponivel dia,
        saldo anterior, saldo inicial, saldo final, saldo atual, saldo do dia,
        anfangssaldo, endsaldo,
        schlusssaldo, anfangsbestand, endbestand, kontostand, alter kontostand, neuer
        kontostand, opening balance,
        closing balance, beginning balance, ending balance, starting balance, balance
        brought forward,
        balance carried forward, brought forward, carried forward, previous balance, balance
        forward,
        solde, solde initial, solde final, solde precedent, ancien solde, nouveau solde,
        saldo iniziale,
        saldo finale, saldo poczatkowe, saldo koncowe, beginsaldo, eindsaldo, startsaldo,
        saldo bloqueado,
        slutsaldo, ingaende saldo, utgaende saldo, inngaende saldo, pocatecni zustatek,
        konecny zustatek,
        saldo disponivel, saldo total, s a l d o, saldo em conta, saldovortrag""",
        east.BALANCE_LINES,
    )
)
TOTALS: Final = folded_words(
    """summe, gesamtsumme, zwischensumme, gesamt, total, totals, subtotal, sub total, grand total,
    somme, totale, totaal, suma, razem, summa, celkem, yhteensa, osszesen, toplam""",
    east.TOTALS,
)
"""Beginnings of a row without a date that adds up the others."""
BALANCE_BEGINNINGS: Final = frozenset(line[:4] for line in BALANCE_LINES)
