"""Check digits of Russian requisites: INN, and accounts against their bank's BIC."""

import re
from collections.abc import Sequence

_INN_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_11 = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_12 = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_ACCOUNT = (7, 1, 3) * 8
_TREASURY = "0"
_TREASURY_CORRESPONDENT = "40102"


def inn_holds(inn: str) -> bool:
    """10 digits of a company or 12 of a person, with right check digits."""
    if re.fullmatch(r"[0-9]{10}", inn):
        return _digit(inn, _INN_10) == inn[9]
    if re.fullmatch(r"[0-9]{12}", inn):
        return _digit(inn, _INN_11) == inn[10] and _digit(inn, _INN_12) == inn[11]
    return False


def account_holds(account: str, bic: str) -> bool:
    """20 digits whose weighted sum (7-1-3) with the last three digits of the BIC ends in 0.

    Accounts in a settlement centre (a BIC ending 000–002) are summed like a bank's correspondent account; accounts of
    the treasury follow other rules and pass.
    """
    if re.fullmatch(r"[0-9]{20}", account) is None or not is_bic(bic):
        return False
    if account.startswith(_TREASURY):
        return True
    if bic[6:] in ("000", "001", "002"):
        return _sums(f"0{bic[4:6]}{account}")
    return _sums(bic[6:] + account)


def correspondent_holds(account: str, bic: str) -> bool:
    """A bank's account with the Bank of Russia: summed with 0 and the fifth and sixth digits of the BIC."""
    if re.fullmatch(r"[0-9]{20}", account) is None or not is_bic(bic):
        return False
    return account.startswith(_TREASURY_CORRESPONDENT) or _sums(f"0{bic[4:6]}{account}")


def is_bic(bic: str) -> bool:
    return re.fullmatch(r"[0-9]{9}", bic) is not None


def _digit(digits: str, weights: Sequence[int]) -> str:
    return str(sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10)


def _sums(digits: str) -> bool:
    return sum(int(digit) * weight for digit, weight in zip(digits, _ACCOUNT, strict=False)) % 10 == 0
