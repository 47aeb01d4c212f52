import { describe, expect, it } from "vitest";

import { nextPath, signInPath } from "./next-path";

describe("nextPath", () => {
  it.each(["/history/", "/result/?id=4f", "/history/?q=a%20b&page=2", "/limits/#figures"])(
    "follows %s",
    (path) => {
      expect(nextPath(path)).toBe(path);
    },
  );

  it.each([
    null,
    "",
    "history/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/x/..//evil.example",
    "https:evil.example",
    "https://evil.example/",
    "http:/history/",
    "javascript:alert(1)",
    "data:text/html,x",
    " //evil.example",
    "/history/\\..\\",
    "?next=/",
    "#x",
  ])("refuses %j", (path) => {
    expect(nextPath(path)).toBe("/");
  });

  it("does not lead from one door to another", () => {
    expect(nextPath("/login/?next=/login/")).toBe("/");
    expect(nextPath("/register")).toBe("/");
  });

  it("stays on this origin wherever a browser resolves it", () => {
    for (const wanted of ["/a//b", "/%2f/evil.example", "/%5cevil.example", "/@evil.example", "/:80"]) {
      expect(new URL(nextPath(wanted), "https://here.example/login/").origin).toBe("https://here.example");
    }
  });
});

describe("signInPath", () => {
  it("keeps the way back through the query", () => {
    const path = signInPath("/result/?id=4f&x=1", true);
    const query = new URLSearchParams(path.split("?").slice(1).join("?"));
    expect(nextPath(query.get("next"))).toBe("/result/?id=4f&x=1");
    expect(query.get("expired")).toBe("1");
  });
});
