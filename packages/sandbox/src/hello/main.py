def greet(name):
    return f"Hello, {name}!"


for name in ["world", "Coderoom"]:
    print(greet(name))
