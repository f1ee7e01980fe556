using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

/// <summary>What is often written, for a compiler to practise on. It is never run.</summary>
namespace Practice {
  enum Kind { Small, Large }

  interface IShape { double Area { get; } }

  abstract class Shape : IShape {
    public string Name { get; set; }
    public abstract double Area { get; }
    public virtual Kind Kind => Area > 10 ? Kind.Large : Kind.Small;
    public override string ToString() => $"{Name}: {Area:F2}";
  }

  class Square : Shape {
    readonly double side;
    public Square(double side) { this.side = side; Name = nameof(Square); }
    public override double Area => side * side;
  }

  struct Point {
    public int X, Y;
    public Point(int x, int y) { X = x; Y = y; }
    public static Point operator +(Point a, Point b) => new Point(a.X + b.X, a.Y + b.Y);
  }

  class Pile<T> where T : IComparable<T> {
    readonly List<T> items = new List<T>();
    public int Count { get { return items.Count; } }
    public T this[int index] => items[index];
    public void Add(T item) { items.Add(item); }
    public IEnumerable<T> Above(T least) {
      foreach (var item in items) if (item.CompareTo(least) > 0) yield return item;
    }
  }

  static class Program {
    static readonly int[] primes = { 2, 3, 5, 7, 11, 13 };
    static int Factorial(int n) { return n < 2 ? 1 : n * Factorial(n - 1); }
    static string Twice(this string text) => text + text;
    static bool TryHalf(int n, out int half) { half = n / 2; return n % 2 == 0; }
    static async Task<int> Later(int n) { await Task.Delay(1); return n; }

    static void Main(string[] args) {
      string line;
      while ((line = Console.ReadLine()) != null && line.Length > 0) Console.WriteLine("Hello, " + line.Trim() + "!");
      var words = "the quick brown fox".Split(' ').Select(word => word.ToUpper()).Where(word => word.Length > 3);
      Console.WriteLine(string.Join(", ", words.OrderBy(word => word).ToArray()));
      var counts = new Dictionary<string, int> { { "a", 1 } };
      if (!counts.TryGetValue("b", out int count)) counts["b"] = count + 1;
      foreach (var pair in counts) Console.WriteLine("{0} {1}", pair.Key, pair.Value);
      foreach (var group in from prime in primes where prime > 2 group prime by prime % 4)
        Console.WriteLine(group.Key + ": " + group.Sum());
      var shapes = new List<Shape> { new Square(2), new Square(4.5) };
      foreach (var shape in shapes) Console.WriteLine(shape is Square square ? square.ToString() : shape.Name?.Twice());
      var pile = new Pile<int>();
      for (int i = 0; i < 10; i++) pile.Add(i * i % 7);
      foreach (int item in pile.Above(2)) Console.Write(item + " ");
      try {
        if (pile.Count > 100) throw new InvalidOperationException("too many");
        Console.WriteLine(Factorial(int.Parse(args[0])));
      } catch (FormatException error) {
        Console.Error.WriteLine(error.Message);
      } finally {
        Console.WriteLine();
      }
      int[,] grid = new int[3, 3];
      grid[1, 2] += 5;
      switch (shapes[0].Kind) {
        case Kind.Small: Console.WriteLine("small"); break;
        default: Console.WriteLine("large"); break;
      }
      switch (line) {
        case "yes": case "no": break;
        case null: Environment.Exit(2); break;
      }
      Func<int, int> half = n => TryHalf(n, out var result) ? result : -1;
      var sum = new Point(1, half(8)) + new Point { X = 3 };
      (int least, int most) = (primes.Min(), primes.Max());
      Console.WriteLine(new { sum.X, sum.Y, least, most });
      long total = 0;
      do { total = total * 2 + (long)Math.Pow(2, 3); } while (total < 100 && most != 0);
      Console.WriteLine(Later((int)total).Result);
    }
  }
}
