import numpy as np
import pytest

from training.frozen.ridge import logistic, ridge, standardised


def _classes(width: int, faces: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    fake = rng.random(faces) < 0.4
    x = rng.normal(size=(faces, width)).astype(np.float32)
    x[:, 0] += 1.5 * fake
    return x, fake, rng.uniform(0.5, 2.0, faces)


@pytest.mark.parametrize("width", [20, 200])
def test_ridge_solves_its_equations_with_few_figures_and_with_many(width: int) -> None:
    x, fake, weights = _classes(width)
    share, y = weights / weights.sum(), np.where(fake, 1.0, -1.0)
    centred, wanted = x - share @ x, y - share @ y
    penalty = 0.3 * width / 768.0
    normal = centred.T @ (share[:, None] * centred) + penalty * np.eye(width)
    beta = np.linalg.solve(normal, centred.T @ (share * wanted))
    asked = _classes(width, seed=1)[0]
    expected = (asked - share @ x) @ beta + share @ y
    np.testing.assert_allclose(ridge(x, fake, weights, asked, (3.0, 0.3))[1], expected, atol=1e-3)


def test_faces_that_weigh_nothing_do_not_count() -> None:
    x, fake, weights = _classes(20)
    weights[:30] = 0.0
    asked = _classes(20, seed=1)[0]
    for fit in (ridge, logistic):
        np.testing.assert_allclose(
            fit(x, fake, weights, asked, (0.3,)),
            fit(x[30:], fake[30:], weights[30:], asked, (0.3,)),
            atol=1e-3,
        )


def test_logistic_logits_rise_as_the_penalty_falls_and_keep_its_order() -> None:
    x, fake, weights = _classes(5)
    loose, strict = logistic(x, fake, weights, x, (0.01, 100.0))
    assert loose.std() > 2.0 * strict.std()
    assert loose[fake].mean() > loose[~fake].mean()


def test_standardised_figures_have_the_spread_of_the_known() -> None:
    x, _, weights = _classes(5)
    ours, theirs = standardised(x, weights, x + 1.0)
    share = weights / weights.sum()
    np.testing.assert_allclose(share @ ours, 0.0, atol=1e-5)
    np.testing.assert_allclose(share @ ours**2, 1.0, atol=1e-4)
    assert (theirs > ours).all()
