"""How common a phone is, taken out of a network."""

import torch

from asr.alphabets import PHONES
from asr.emissions import BLANK
from models.acoustic.config import TrainingConfig
from models.acoustic.network import AcousticModel, NetworkConfig
from models.acoustic.priors import phone_shares, without_priors
from models.loop.checkpoint import Checkpoint

WORDS = {"aha": [("AA", "HH", "AA")], "oh": [("OW",)]}
NETWORK = NetworkConfig(n_mels=16, channels=4, width=8, depth=2)


def test_shares_are_counted_where_the_pronunciation_is_known() -> None:
    shares = phone_shares(["AHA oh", "oh", "unheard of"], WORDS)

    assert shares[BLANK] == 0
    torch.testing.assert_close(shares.sum(), torch.tensor(1.0))
    assert shares[PHONES.index("AA")] == shares[PHONES.index("OW")]
    assert shares[PHONES.index("AA")] == 2 * shares[PHONES.index("HH")]
    assert shares[PHONES.index("ZH")] == shares[PHONES.index("HH")]  # never said: as once


def test_a_common_phone_loses_to_a_rare_one_what_it_was_given_for_being_common() -> None:
    torch.manual_seed(0)
    network = AcousticModel(NETWORK).eval()
    checkpoint = Checkpoint(
        TrainingConfig(name="test", network=NETWORK), network.state_dict(), {"steps": 1}
    )
    shares = phone_shares(["aha", "oh"], WORDS)
    common, rare = PHONES.index("AA"), PHONES.index("HH")  # two to one

    changed = without_priors(checkpoint, shares, 0.5)

    mels, lengths = torch.randn(1, 40, 16), torch.tensor([40])
    before = network(mels, lengths).phones[0]
    after = changed.model()(mels, lengths).phones[0]
    moved = (after - before)[:, common] - (after - before)[:, rare]
    torch.testing.assert_close(moved, torch.full_like(moved, -0.5 * torch.tensor(2.0).log()))
    assert not changed.training  # these weights are for recognition
    kept = without_priors(checkpoint, shares, 0.0).weights["phones.bias"]
    torch.testing.assert_close(kept, checkpoint.weights["phones.bias"])
