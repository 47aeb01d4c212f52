import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { useMe, useWorkspace } from "@/api/queries";
import type { MemberAnswer } from "@/api/schema";

const READERS: readonly string[] = ["reviewer", "lead", "admin"];

/** The other members of the workspace who take reviews; undefined until they are known. */
export function useColleagues(): MemberAnswer[] | undefined {
  const me = useMe().data?.id;
  const id = useWorkspace()?.id ?? "";
  const found = useQuery({
    queryKey: ["members", id],
    queryFn: () =>
      unwrap(api.GET("/api/workspaces/{workspace_id}/members", { params: { path: { workspace_id: id } } })),
    enabled: id !== "",
  });
  return found.data?.members.filter(({ user_id, role }) => user_id !== me && READERS.includes(role));
}
