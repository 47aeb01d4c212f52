import { render, screen, within } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { expect, test } from "vitest";

import type { Sound } from "@/api/schema";
import { english } from "@/i18n/messages";
import { manipulated } from "@/result/answers.fixture";

import { SoundCard } from "./sound-card";

const MADE = manipulated().sound as Sound;

function show(changes: Partial<Sound> = {}) {
  render(
    <IntlProvider locale="en" messages={english} timeZone="UTC">
      <SoundCard sound={{ ...MADE, ...changes }} />
    </IntlProvider>,
  );
  return document.getElementById("sound") as HTMLElement;
}

test("facts, and that the voice was not judged", () => {
  const card = show();
  expect(screen.getByText("The voice itself was not judged.")).toBeTruthy();
  expect(card.textContent).toContain("CodecFLAC");
  expect(card.textContent).toContain("16 kHz, 1 channel");
  expect(card.textContent).toContain("Begins80 ms after the pictures");
  expect(card.textContent).toContain("-21.4 LUFS");
  expect(card.textContent).toContain("no edge in the spectrum");
});

test("a possible cut comes with its time, its strength and how many other clips show such a sign", () => {
  const card = show();
  expect(
    within(card).getByText(
      "0:02.1: digital silence of 100 ms (0 of 136 unmanipulated test clips show such a sign).",
    ),
  ).toBeTruthy();
});

test("what is unusual is told in sentences", () => {
  const card = show({
    tracks: 2,
    ceiling_hz: 4000,
    sample_rate: 48_000,
    damaged_packets: 3,
    ending: "out_of_time",
  });
  expect(
    within(card)
      .getAllByRole("listitem")
      .slice(0, 4)
      .map((one) => one.textContent),
  ).toEqual([
    "There was not time enough to measure all of the sound.",
    "The file has 2 sound tracks; the one that players play was measured.",
    expect.stringContaining("Nothing is above 4 kHz, although the track could hold up to 24 kHz."),
    "3 packets of the sound are damaged.",
  ]);
});

test("nothing is said of what could not be decoded", () => {
  const card = show({ ending: "undecodable", codec: null, splices: [] });
  expect(card.textContent).toContain("could not be decoded");
  expect(card.textContent).not.toContain("LUFS");
  expect(card.textContent).not.toContain("none found");
});
