#!/usr/bin/env python3
"""Fills a fresh Tryton database with a small company: its chart, two years, and a story of what customers can owe.

usage: story.py CONFIG DATABASE

Everything goes through Tryton's own models, as its client would do it. The tests tell who is who by the party's code:

  C-PAID      an invoice, paid in full by the wizard
  C-PARTLY    an invoice, a third paid: linked, not reconciled
  C-TERMS     an invoice in three instalments, the first paid
  C-CREDIT    an invoice and a credit note, reconciled against each other
  C-DOLLAR    an invoice in another currency, paid at another rate: Tryton books the exchange difference
  C-CANCELLED an invoice, cancelled by its counter-move
  C-OPENING   a balance brought forward, due before it was posted
  C-WRITEOFF  an invoice paid short, the rest written off
  C-OVER      an invoice paid with more than it was for
  C-OPEN      two open invoices, nothing paid
"""
import datetime as dt
import sys
from decimal import Decimal

from proteus import Model, Wizard, config as pconfig

CONFIG, DATABASE = sys.argv[1], sys.argv[2]
cfg = pconfig.set_trytond(f'sqlite:///{DATABASE}', config_file=CONFIG)
cfg.skip_warning = True

from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts  # noqa: E402
from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences  # noqa: E402
from trytond.modules.company.tests.tools import create_company, get_company  # noqa: E402
from trytond.modules.currency.tests.tools import get_currency  # noqa: E402

TODAY = dt.date.today()
DAY = dt.timedelta(1)


def company():
    """The creditor: books in pesos, sells in dollars too."""
    peso = get_currency('MXN')
    create_company(currency=peso)
    found = get_company()
    User = Model.get('res.user')
    cfg._context = User.get_preferences(True, {})
    create_chart(found)
    first, last = dt.date(TODAY.year - 1, 1, 1), dt.date(TODAY.year, 12, 31)
    year = set_fiscalyear_invoice_sequences(create_fiscalyear(found, today=(first, last)))
    year.click('create_period')
    Company = Model.get('company.company')
    found = Company(found.id)
    found.cancel_invoice_out = True
    found.save()
    dollar = get_currency('USD')
    if not dollar.rates:
        dollar.save()
    return found, peso, dollar


def rates(peso, dollar):
    """A rate that moves between invoice and payment."""
    for currency, on, rate in (
            (peso, dt.date(TODAY.year - 1, 1, 1), '1'),
            (dollar, dt.date(TODAY.year - 1, 1, 1), '0.0500'),
            (dollar, TODAY - 20 * DAY, '0.0550')):
        currency.reload()
        if not any(r.date == on for r in currency.rates):
            currency.rates.new(date=on, rate=Decimal(rate))
            currency.save()


def settings(found, accounts):
    Journal = Model.get('account.journal')
    cash, = Journal.find([('code', '=', 'CASH')])
    Configuration = Model.get('account.configuration')
    configuration = Configuration(1)
    configuration.currency_exchange_credit_account = accounts['revenue']
    configuration.currency_exchange_debit_account = accounts['expense']
    configuration.save()
    PaymentMethod = Model.get('account.invoice.payment.method')
    method = PaymentMethod(name="Bank", journal=cash)
    method.credit_account = method.debit_account = accounts['cash']
    method.save()
    WriteOff = Model.get('account.move.reconcile.write_off')
    off = Journal(name="Write-off", type='write-off', code='OFF')
    off.save()
    write_off = WriteOff(name="Small rests", journal=off)
    write_off.credit_account, write_off.debit_account = accounts['revenue'], accounts['expense']
    write_off.save()
    Journal(name="Opening", type='situation', code='OPN').save()
    return method, write_off


def terms():
    Term = Model.get('account.invoice.payment_term')
    thirty = Term(name="30 days")
    line = thirty.lines.new(type='remainder')
    line.relativedeltas.new(days=30)
    thirty.save()
    thirds = Term(name="In three parts")
    for number in (1, 2, 3):
        line = thirds.lines.new(type='percent_on_total' if number < 3 else 'remainder')
        if number < 3:
            line.ratio = Decimal('0.33')
        line.relativedeltas.new(days=30 * number)
    thirds.save()
    return thirty, thirds


def customer(code, name, language='es', country='MX', identifier=None):
    Party, Lang, Country = map(Model.get, ('party.party', 'ir.lang', 'country.country'))
    party = Party(name=name, code=code)
    party.lang, = Lang.find([('code', '=', language)], limit=1)
    if identifier:
        party.identifiers.new(type=identifier[0], code=identifier[1])
    address = party.addresses[0] if party.addresses else party.addresses.new()
    address.street_unstructured, address.city = f"Calle {code} 1", "Ciudad"
    found = Country.find([('code', '=', country)])
    if not found:
        found = [Country(name=country, code=country)]
        found[0].save()
    address.country = found[0]
    party.contact_mechanisms.new(type='email', value=f'{code.lower()}@example.com', name="Cobranzas")
    party.contact_mechanisms.new(type='mobile', value='+52 55 5555 0101')
    party.save()
    return party


def invoice(party, amount, term, days_ago, currency=None, reference=None):
    Invoice = Model.get('account.invoice')
    new = Invoice(type='out', party=party, payment_term=term, reference=reference)
    if currency:
        new.currency = currency
    new.invoice_date = TODAY - days_ago * DAY
    line = new.lines.new(description="Service", quantity=1)
    line.account, line.unit_price = ACCOUNTS['revenue'], Decimal(amount)
    new.save()
    new.click('post')
    return new


def pay(found, amount, days_ago, description, then=None):
    wizard = Wizard('account.invoice.pay', [found])
    wizard.form.amount, wizard.form.date = Decimal(amount), TODAY - days_ago * DAY
    wizard.form.payment_method, wizard.form.description = METHOD, description
    wizard.execute('choice')
    if wizard.form_state == 'ask':
        wizard.form.type = then or 'partial'
        if then == 'writeoff':
            wizard.form.writeoff = WRITE_OFF
        wizard.execute('pay')


def opening(party, amount, due_days_ago):
    Move, Journal, Period = map(Model.get, ('account.move', 'account.journal', 'account.period'))
    move = Move()
    move.journal, = Journal.find([('code', '=', 'OPN')])
    day = TODAY - 30 * DAY
    move.period, = Period.find([('start_date', '<=', day), ('end_date', '>=', day)], limit=1)
    move.date = day
    owed = move.lines.new(account=ACCOUNTS['receivable'], party=party, debit=Decimal(amount))
    owed.maturity_date = TODAY - due_days_ago * DAY
    move.lines.new(account=ACCOUNTS['revenue'], credit=Decimal(amount))
    move.save()
    move.click('post')


COMPANY, PESO, DOLLAR = company()
rates(PESO, DOLLAR)
ACCOUNTS = get_accounts(COMPANY)
METHOD, WRITE_OFF = settings(COMPANY, ACCOUNTS)
THIRTY, THIRDS = terms()
identifiers = Model.get('party.configuration')(1)
identifiers.identifier_types = ['co_vat', 'mx_vat']
identifiers.save()

CUSTOMERS = {
    'C-PAID': customer('C-PAID', "Pagos Puntuales SA de CV"),
    'C-PARTLY': customer('C-PARTLY', "Abonos del Norte"),
    'C-TERMS': customer('C-TERMS', "Tres Plazos SA"),
    'C-CREDIT': customer('C-CREDIT', "Devoluciones SA"),
    'C-DOLLAR': customer('C-DOLLAR', "Dollar Trading Inc", 'en', 'US'),
    'C-CANCELLED': customer('C-CANCELLED', "Nunca Fue SA"),
    'C-OPENING': customer('C-OPENING', "Saldo Anterior"),
    'C-WRITEOFF': customer('C-WRITEOFF', "Casi Todo SA"),
    'C-OVER': customer('C-OVER', "Paga de Mas SA"),
    'C-OPEN': customer('C-OPEN', "Tarde SAS", country='CO', identifier=('co_vat', '213.123.432-1')),
    }
Model.get('party.party')(name="Proveedor que nada debe", code='S-1').save()

# Invoice numbers follow the dates, so the oldest come first.
INVOICES = {}
for name, code, amount, term, days_ago, currency in (
        ('late-1', 'C-OPEN', '5000.00', THIRTY, 100, None),
        ('paid', 'C-PAID', '1160.00', THIRTY, 90, None),
        ('partly', 'C-PARTLY', '900.00', THIRTY, 80, None),
        ('thirds', 'C-TERMS', '1000.00', THIRDS, 70, None),
        ('short', 'C-WRITEOFF', '250.00', THIRTY, 70, None),
        ('over', 'C-OVER', '100.00', THIRTY, 65, None),
        ('credited', 'C-CREDIT', '500.00', THIRTY, 60, None),
        ('note', 'C-CREDIT', '-200.00', THIRTY, 50, None),
        ('dollar', 'C-DOLLAR', '100.00', THIRTY, 45, DOLLAR),
        ('cancelled', 'C-CANCELLED', '777.00', THIRTY, 40, None),
        ('late-2', 'C-OPEN', '2500.25', THIRTY, 35, None),
        ('dollar-open', 'C-DOLLAR', '250.50', THIRTY, 15, DOLLAR)):
    INVOICES[name] = invoice(CUSTOMERS[code], amount, term, days_ago, currency, reference=f'OC-{name}')

pay(INVOICES['paid'], '1160.00', 58, "SPEI 0001")
pay(INVOICES['partly'], '300.00', 40, "SPEI 0002")
pay(INVOICES['thirds'], '330.00', 38, "SPEI 0003")
pay(INVOICES['short'], '249.50', 30, "SPEI 0006", then='writeoff')
pay(INVOICES['over'], '150.00', 25, "SPEI 0007", then='overpayment')
pay(INVOICES['credited'], '300.00', 10, "SPEI 0004")
Wizard('account.move.reconcile_lines', Model.get('account.move.line').find([
    ('party', '=', CUSTOMERS['C-CREDIT'].id), ('account', '=', ACCOUNTS['receivable'].id)]))
pay(INVOICES['dollar'], '100.00', 5, "WIRE 0005")
INVOICES['cancelled'].click('cancel')
opening(CUSTOMERS['C-OPENING'], '4321.09', 200)
