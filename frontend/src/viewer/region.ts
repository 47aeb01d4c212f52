// What other pages draw over a picture as the viewer does.
export type { Box, Face } from "./evidence/evidence";
export { firstBox } from "./marking/box";
export { MarkBox } from "./marking/mark-box";
