import pytest
import torch
from labelled_collection import SPLIT, write_collection

from training.labelled.pack import LabelledPack, pack_labelled

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> LabelledPack:
    manifest = write_collection(tmp_path_factory.mktemp("collection"))
    out = tmp_path_factory.mktemp("labelled")
    pack_labelled([manifest], SPLIT, out)
    return LabelledPack(out)
