/** The plot of found over estimated shares, for pages that measure on other files. */
export { ReliabilityPlot } from "./reliability/plot";
