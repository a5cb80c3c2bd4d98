/** A sheet is imported for its effect on the bundle alone. */
declare module "*.css";
