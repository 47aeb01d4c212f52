import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { IntlProvider } from "use-intl";
import { beforeEach, expect, it, vi } from "vitest";

import { ApiError } from "@/api/errors";
import { createQueryClient } from "@/api/queries";
import type { ReportRequest } from "@/api/schema";
import { english } from "@/i18n/messages";
import { completed, manipulated } from "@/result/answers.fixture";

import { ReportButton } from "./report-dialog";

const saved = vi.hoisted(() => vi.fn());
vi.mock("@/ui/download", () => ({ download: saved }));
beforeEach(() => saved.mockClear());

function show(fetchReport: (wanted: ReportRequest) => Promise<Blob>) {
  const client = createQueryClient();
  client.setQueryData(["law"], { countries: [{ iso: "DE", name: { en: "Germany", de: "Deutschland" } }] });
  render(
    <QueryClientProvider client={client}>
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        <ReportButton answer={completed(manipulated())} fetchReport={fetchReport} />
      </IntlProvider>
    </QueryClientProvider>,
  );
  fireEvent.click(screen.getByRole("button", { name: "Report" }));
}

it("asks for the report with what the reader adds, and saves it", async () => {
  const pdf = new Blob(["%PDF-"]);
  const fetchReport = vi.fn(async () => pdf);
  show(fetchReport);
  fireEvent.change(await screen.findByLabelText("Your name"), { target: { value: "Ada" } });
  fireEvent.change(screen.getByLabelText("Note"), { target: { value: "Seen." } });
  fireEvent.change(screen.getByLabelText("Also what the law says"), { target: { value: "DE" } });
  fireEvent.click(screen.getByRole("button", { name: "Make the report" }));
  await waitFor(() => expect(saved).toHaveBeenCalledWith(pdf, expect.stringMatching(/-report\.pdf$/)));
  expect(fetchReport).toHaveBeenCalledWith({
    lang: "en",
    name: "Ada",
    obtained: "",
    note: "Seen.",
    law: "DE",
    not_faces: [],
    location: false,
  });
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});

it("says when it could not be made, and keeps what was written", async () => {
  show(async () => {
    throw new ApiError("OFFLINE", "No connection.", 0);
  });
  fireEvent.change(await screen.findByLabelText("Note"), { target: { value: "Seen." } });
  fireEvent.click(screen.getByRole("button", { name: "Make the report" }));
  expect(await screen.findByRole("alert")).toBeTruthy();
  expect((screen.getByLabelText("Note") as HTMLTextAreaElement).value).toBe("Seen.");
  expect(saved).not.toHaveBeenCalled();
});

it("passes on which people the reader has said to be no faces", async () => {
  const answer = completed(manipulated());
  localStorage.setItem(`deepshield.not-faces.${answer.job_id}`, "B");
  const fetchReport = vi.fn(async () => new Blob(["%PDF-"]));
  show(fetchReport);
  fireEvent.click(await screen.findByRole("button", { name: "Make the report" }));
  await waitFor(() =>
    expect(fetchReport).toHaveBeenCalledWith(expect.objectContaining({ not_faces: ["B"] })),
  );
  localStorage.clear();
});
