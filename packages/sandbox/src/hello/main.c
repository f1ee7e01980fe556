#include <stdio.h>

static void greet(const char *name) {
    printf("Hello, %s!\n", name);
}

int main(void) {
    const char *names[] = {"world", "Coderoom"};
    for (int i = 0; i < 2; i++) {
        greet(names[i]);
    }
    return 0;
}
