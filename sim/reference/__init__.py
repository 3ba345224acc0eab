"""Published facts shipped with the package, as CSV files read through `importlib.resources`.

sse_closures.csv        Weekdays on which the Shanghai Stock Exchange was closed, 2014-2026, with the reason.
                        Source: the exchange's yearly closing notices, as in the XSHG calendar of exchange_calendars.
interbank_workdays.csv  Saturdays and Sundays worked in exchange for a long holiday, 2014-2026; only banks open then.
                        Source: the State Council's yearly holiday notices, as in chinese_calendar.
macro_series.csv        The economy 2014-2024 as printed: series, period (a year, quarter, month, or the first day it
                        holds), value in per cent (or yuan), id in the facts files, and the confidence they give it.
"""
