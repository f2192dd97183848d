/** Vite turns an imported style sheet into a file that the page links. */
declare module '*.css' {}
