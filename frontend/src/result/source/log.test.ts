import { describe, expect, it } from "vitest";

import { actionOf, readerOf } from "./log";

describe("the log of a job", () => {
  it("has words for the actions that the page knows", () => {
    expect(actionOf({ action: "job.completed" })).toBe("job_completed");
    expect(actionOf({ action: "something.new" })).toBeNull();
  });

  it("says who did it", () => {
    const by = (details: Record<string, unknown> | null, actor: string | null, action = "artifact.read") =>
      readerOf({ action, actor, details });
    expect(by({ by: "link" }, null)).toBe("link");
    expect(by({ by: "visitor" }, null)).toBe("visitor");
    expect(by({ by: "account" }, "ada")).toBe("account");
    expect(by(null, null, "job.completed")).toBe("service");
    expect(by(null, null, "file.fetched")).toBe("service");
    expect(by(null, null, "job.accepted")).toBe("visitor");
    expect(by({ sha256: "a" }, "ada", "upload.reused")).toBe("account");
  });
});
