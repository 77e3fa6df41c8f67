// For tsconfig.pure.json only: the one platform type the ports mention. Pure code passes it on and never uses it, so
// it has no members here.
interface AbortSignal {}
