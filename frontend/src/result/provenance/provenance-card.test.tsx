import { render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { IntlProvider } from "use-intl";
import { describe, expect, it } from "vitest";

import type { Provenance, SignedRecord } from "@/api/schema";
import { english } from "@/i18n/messages";
import { earlier, manipulated } from "@/result/answers.fixture";

import { ProvenanceCard } from "./provenance-card";
import { SignedNotice } from "./signed-notice";

const show = (card: ReactNode) =>
  render(
    <IntlProvider locale="en" messages={english} timeZone="UTC">
      {card}
    </IntlProvider>,
  );

const SIGNED = {
  state: "trusted",
  trust_list: "signers",
  trust_lists: ["signers"],
  problems: [],
  signer: "Generator 3",
  issuer: "Example Ltd",
  signed_at: "2026-11-20T10:00:00Z",
  time_source: "trusted_stamp",
  tool: "Tool 1.2",
  ai: {
    use: "made",
    source_type: "trainedAlgorithmicMedia",
    state: "trusted",
    trust_list: "signers",
    signer: "Generator 3",
    issuer: "Example Ltd",
    signed_at: "2026-11-20T10:00:00Z",
  },
  actions: [{ action: "c2pa.created", when: null, software: "Model 1", source_type: null }],
  actions_left_out: 2,
  ingredients_left_out: 0,
} as SignedRecord;

function says(changes: Partial<SignedRecord> = {}, rest: Partial<Provenance> = {}) {
  const credentials: SignedRecord = { ...SIGNED, ...changes };
  return manipulated({ provenance: { credentials, metadata: {}, hints: [], ...rest } as Provenance });
}

describe("SignedNotice", () => {
  it("says what a trusted record says of AI, with signer and date", () => {
    show(<SignedNotice result={says()} />);
    expect(
      screen.getByText("Made with AI, says its signed record (Example Ltd, Generator 3, Nov 20, 2026)."),
    ).toBeTruthy();
  });

  it.each([
    ["an unknown signer", says({ state: "unknown_signer", trust_list: null })],
    ["a record that does not hold", says({ state: "invalid" })],
    ["the older list", says({ trust_list: "interim" })],
    [
      "a part by somebody unknown",
      says({ ai: { ...SIGNED.ai!, state: "unknown_signer", trust_list: null } }),
    ],
    ["no statement", says({ ai: null })],
    ["an earlier release", earlier()],
  ])("says nothing for %s", (_, result) => {
    const { container } = show(<SignedNotice result={result} />);
    expect(container.textContent).toBe("");
  });
});

describe("ProvenanceCard", () => {
  it("shows what a signed record says", () => {
    show(<ProvenanceCard result={says()} />);
    expect(screen.getByText("Intact, by a signer on the trust list.")).toBeTruthy();
    expect(screen.getByText("created: Model 1; and 2 more")).toBeTruthy();
    expect(screen.getByText(/by a trusted time stamp$/)).toBeTruthy();
  });

  it("explains that there is none, and marks the rest as forgeable", () => {
    show(<ProvenanceCard result={says({ state: "none", ai: null })} />);
    expect(screen.getByText(/^None\. Most files carry none/)).toBeTruthy();
    expect(screen.getByText("Anybody can write, copy or remove what follows.")).toBeTruthy();
    expect(screen.queryByText("Example Ltd, Generator 3")).toBeNull();
  });

  it("tells an unknown signer from one that cannot be checked for want of a list", () => {
    show(<ProvenanceCard result={says({ state: "unknown_signer", trust_list: null, trust_lists: [] })} />);
    expect(screen.getByText(/no trust list is installed here/)).toBeTruthy();
  });

  it("shows of a record that does not hold only what failed", () => {
    show(<ProvenanceCard result={says({ state: "invalid", problems: ["assertion.dataHash.mismatch"] })} />);
    expect(screen.getByText("assertion.dataHash.mismatch")).toBeTruthy();
    expect(screen.queryByText("Tool 1.2")).toBeNull();
  });

  it.each([
    [true, true],
    [false, false],
    [null, false],
  ])("says of a file that was compressed twice: %s", (compressed_before, said) => {
    show(<ProvenanceCard result={says({}, { encoding: { jpeg_tables: "own", compressed_before } })} />);
    expect(screen.queryByText(/was compressed as a JPEG at least twice/) !== null).toBe(said);
  });

  it("shows traces and places, and that a place is withheld", () => {
    const hint = {
      rule: "sd-parameters",
      kind: "ai_generated",
      generator: "Stable Diffusion",
      strength: "weak",
      source: "text",
      name: "parameters",
      value: "Steps: 20, Sampler: Euler",
    } as const;
    const metadata = {
      location: { latitude: 48.1371, longitude: 11.5754 },
      location_withheld: false,
      fields_left_out: 0,
    };
    const { rerender } = show(<ProvenanceCard result={says({}, { hints: [hint], metadata })} />);
    expect(screen.getByText("Generated: Stable Diffusion (weak trace)")).toBeTruthy();
    expect(
      screen.getByText(
        /^48\.1371, 11\.5754 \(in a workspace shown only to who sent the file, leads and admins;/,
      ),
    ).toBeTruthy();
    rerender(
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        <ProvenanceCard result={says({}, { metadata: { location_withheld: true, fields_left_out: 0 } })} />
      </IntlProvider>,
    );
    expect(screen.getByText(/It is shown to who sent the file, and to leads and admins/)).toBeTruthy();
  });

  it("is not there for results of earlier releases", () => {
    const { container } = show(<ProvenanceCard result={earlier()} />);
    expect(container.textContent).toBe("");
  });
});
