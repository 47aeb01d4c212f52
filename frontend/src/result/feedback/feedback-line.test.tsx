import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { IntlProvider } from "use-intl";
import { expect, it, vi } from "vitest";

import { createQueryClient } from "@/api/queries";
import { ApiError } from "@/api/errors";
import type { Feedback, FeedbackGiven } from "@/api/schema";
import { english } from "@/i18n/messages";

import type { FeedbackAccess } from "./feedback";
import { FeedbackLine } from "./feedback-line";

const UNANSWERED: Feedback = { asked: true, answer: null, text: null, at: null };

function show(ways: Omit<FeedbackAccess, "key">) {
  const access: FeedbackAccess = { key: ["feedback"], ...ways };
  return render(
    <QueryClientProvider client={createQueryClient()}>
      <IntlProvider locale="en" messages={english} timeZone="UTC">
        <FeedbackLine access={access} />
      </IntlProvider>
    </QueryClientProvider>,
  );
}

function keeping() {
  const sent: FeedbackGiven[] = [];
  const send = async (given: FeedbackGiven): Promise<Feedback> => {
    sent.push(given);
    return { asked: true, answer: given.answer, text: given.text ?? null, at: `${sent.length}` };
  };
  return { sent, send };
}

it("sends an answer, thanks, and then takes a sentence that goes with it", async () => {
  const { sent, send } = keeping();
  show({ read: async () => UNANSWERED, send });
  const user = userEvent.setup();
  await user.click(await screen.findByRole("button", { name: "No" }));
  await screen.findByText(/^Thank you\./);
  expect(screen.getByRole("button", { name: "No" }).getAttribute("aria-pressed")).toBe("true");
  await user.type(screen.getByLabelText(/^What do you know/), "It is satire.");
  await user.click(screen.getByRole("button", { name: "Send" }));
  await waitFor(() => expect(sent.length).toBe(2));
  // Who changes the answer keeps the sentence.
  await user.click(screen.getByRole("button", { name: "I cannot tell" }));
  await waitFor(() => expect(sent.length).toBe(3));
  expect(sent).toEqual([
    { answer: "wrong", text: null },
    { answer: "wrong", text: "It is satire." },
    { answer: "unsure", text: "It is satire." },
  ]);
});

it("says when an answer was not taken, and marks none", async () => {
  const send = () => Promise.reject(new ApiError("OFFLINE", "", 0));
  show({ read: async () => UNANSWERED, send });
  await userEvent.click(await screen.findByRole("button", { name: "Yes" }));
  expect((await screen.findByRole("alert")).textContent).toContain("No connection");
  expect(screen.getByRole("button", { name: "Yes" }).getAttribute("aria-pressed")).toBe("false");
});

it("is not there where nobody is asked", async () => {
  const read = vi.fn(async () => ({ ...UNANSWERED, asked: false }));
  const { container } = show({ read, send: keeping().send });
  await waitFor(() => expect(read).toHaveResolved());
  expect(container.textContent).toBe("");
});
